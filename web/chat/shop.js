// The shop's own words: its name and what people most often ask. Another shop changes this file.
// @ts-check

export const SHOP = "Northlight";

/** Offered when the conversation is empty; the title is sent as it stands. */
export const SUGGESTIONS = [
  { icon: "truck", title: "Where is my order?", hint: "Live status and delivery day" },
  { icon: "cancel", title: "Cancel an order", hint: "Possible until it is packed" },
  { icon: "refund", title: "Return something", hint: "How it works, and your refund" },
  { icon: "gift", title: "Find a gift", hint: "Ideas that are in stock" },
];

/** Always at hand beside the conversation on a wide screen. */
export const SHORTCUTS = [
  ...SUGGESTIONS,
  { icon: "receipt", title: "I need an invoice", hint: "" },
  { icon: "headset", title: "Talk to a person", hint: "" },
];

/** What a channel other than this one is called under a message. @type {Record<string, string>} */
export const CHANNELS = { sms: "by text message", voice: "by phone", email: "by e-mail", alexa: "by Alexa", mobile: "in the app" };
