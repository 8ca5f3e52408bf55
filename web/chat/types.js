// Types of the chat protocol (docs/chat-protocol.md) and of the page's state, for the editor; no code.
// @ts-check

/** @typedef {{title: string, payload: string}} Choice a button offered with an entry or a card */
/** @typedef {{url: string, alt: string}} Picture */
/** @typedef {{label: string, value: string}} Fact */
/** @typedef {{label: string, at: string | null, state: "done" | "current" | "todo"}} Step */
/** @typedef {"customer" | "assistant" | "agent" | "system"} Sender */

/**
 * @typedef {object} RecordCard
 * @property {string} kind order, product, ticket, invoice, refund
 * @property {string} title
 * @property {string} subtitle
 * @property {Picture | null} image
 * @property {Fact[]} facts
 * @property {Choice[]} buttons
 */

/**
 * @typedef {object} Entry one thing said in the conversation, with every list present
 * @property {string} id
 * @property {string} at
 * @property {Sender} from
 * @property {string} channel
 * @property {string | null} message_id
 * @property {string} text
 * @property {Choice[]} buttons
 * @property {Picture | null} image
 * @property {RecordCard[]} cards
 * @property {Step[]} steps
 */

/** @typedef {{message_id: string, text: string, payload?: string}} Message */

/**
 * @typedef {object} Outgoing a message of this page that the server has not yet shown back
 * @property {string} message_id
 * @property {string} text
 * @property {string} [payload]
 * @property {string} at
 * @property {"sending" | "sent" | "failed"} state
 * @property {string | null} anchor id of the entry it stands behind once stored; "": before all; null: at the end
 * @property {string} [reason] why it failed
 */

/** @typedef {{type: string, title: string, status: number, detail: string, code: string, retry_after?: number}} Problem */
/** @typedef {{customer_id: string, name: string}} Customer */

/**
 * @typedef {object} Tokens
 * @property {string} access_token
 * @property {string} refresh_token
 * @property {number} expires_at milliseconds on this computer's clock
 * @property {string} role
 * @property {Customer | null} customer
 */

/** @typedef {"connecting" | "online" | "polling" | "waiting" | "offline"} LinkState */
/** @typedef {{state: LinkState, retryAt: number | null, since: number}} Link */

/**
 * @typedef {object} ChatState
 * @property {Tokens | null} session
 * @property {string} notice why the person was signed out, shown on the sign-in panel
 * @property {boolean} joining a guest looks at the sign-in panel; the conversation goes on behind it
 * @property {Link} link
 * @property {boolean} ready the first history is here
 * @property {Entry[]} entries sorted by id
 * @property {Outgoing[]} outgoing
 * @property {Set<string>} live ids of entries that came while the page was open
 * @property {Set<string>} delayed ids of messages whose answer takes longer than usual
 * @property {boolean} typing
 * @property {{loading: boolean, cursor: string | null, complete: boolean}} history
 * @property {string[]} used buttons pressed, as made by `choiceKey`
 * @property {import("../design/components/toast.js").Toast[]} toasts
 */

export {};
