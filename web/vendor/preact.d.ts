// The part of Preact's types that our pages use (written by hand, see VENDORED.md).
export type ComponentChildren = unknown;
export interface VNode {
  type: unknown;
  props: Record<string, unknown>;
  key: unknown;
}
export function h(type: unknown, props: unknown, ...children: unknown[]): VNode;
export function render(vnode: VNode | null, parent: Element): void;
export const Fragment: unknown;
export function createContext<T>(value: T): { Provider: unknown; __value?: T };
