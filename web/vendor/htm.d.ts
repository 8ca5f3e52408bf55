// htm's type as our pages use it (written by hand, see VENDORED.md).
import type { VNode } from "./preact.js";
declare const htm: {
  bind(h: (type: unknown, props: unknown, ...children: unknown[]) => VNode): (
    strings: TemplateStringsArray,
    ...values: unknown[]
  ) => VNode;
};
export default htm;
