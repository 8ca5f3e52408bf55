// The REST half of the protocol: sign in and out, refresh, history, a message where sockets are blocked.
// @ts-check

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Tokens} Tokens */

const TIMEOUT_MS = 15_000;
const DEFAULT_LIFE_MS = 5 * 60_000;

/** An answer that is an error; status 0 means that no answer came. */
export class ApiError extends Error {
  /** @param {number} status @param {Partial<Problem>} [problem] */
  constructor(status, problem = {}) {
    super(problem.detail || problem.title || (status ? `The shop answered ${status}.` : "The shop cannot be reached."));
    this.status = status;
    this.problem = problem;
  }

  /** The server did not understand or did not allow it: the same request would fail again. */
  get refused() {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

/** How far this computer's clock is behind the server's, in milliseconds; learned from answers. */
let clockLag = 0;

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown, token?: string, keepalive?: boolean}} [options]
 * @returns {Promise<any>}
 */
async function request(method, path, { body, token, keepalive } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      keepalive,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError(0);
  }
  const serverTime = Date.parse(response.headers.get("date") ?? "");
  if (!Number.isNaN(serverTime)) clockLag = serverTime - Date.now();
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer ?? {});
  return answer;
}

/** @param {any} answer @returns {Tokens} */
function readTokens(answer) {
  const stamp = typeof answer.expires_at === "number" ? answer.expires_at * 1000 : Date.parse(answer.expires_at);
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token,
    expires_at: Number.isNaN(stamp) ? Date.now() + DEFAULT_LIFE_MS : stamp - clockLag,
    role: answer.role,
    customer: answer.customer ?? null,
  };
}

/** @param {string} email @param {string} password @param {string} [guest] token of the visitor that one was until now */
export const login = async (email, password, guest) =>
  readTokens(await request("POST", "/auth/login", { body: { email, password, ...(guest && { visitor_token: guest }) } }));

/** @param {{name: string, email: string, password: string}} person @param {string} [guest] as for login */
export const register = (person, guest) =>
  request("POST", "/auth/register", { body: { ...person, ...(guest && { visitor_token: guest }) } });

/** Sends the confirmation link again. @param {string} email */
export const sendAgain = (email) => request("POST", "/auth/verification", { body: { email } });

/** Sends a link for a new password. @param {string} email */
export const forgot = (email) => request("POST", "/auth/password-reset-request", { body: { email } });

/** @param {string} link the link's token @param {string} password the one chosen on registering */
export const confirm = async (link, password) =>
  readTokens(await request("POST", "/auth/verify-email", { body: { token: link, password } }));

export const visitor = async () => readTokens(await request("POST", "/auth/visitor", { body: {} }));

/** @param {string} refreshToken */
export const refresh = async (refreshToken) =>
  readTokens(await request("POST", "/auth/refresh", { body: { refresh_token: refreshToken } }));

/** @param {string} token */
export const logout = (token) => request("POST", "/auth/logout", { token, keepalive: true });

/**
 * @typedef {{customer_id: string, name: string, email: string, account_type: string, orders: number, password: string}} DemoCustomer
 */

/**
 * The demo shop's customers; an empty list in any other shop.
 * @returns {Promise<DemoCustomer[]>}
 */
export async function demoCustomers() {
  try {
    const answer = await request("GET", "/demo/customers");
    const list = Array.isArray(answer) ? answer : (answer?.customers ?? answer?.items ?? []);
    return list.map((/** @type {any} */ item) => ({ ...item, password: item.password ?? answer.password ?? "" }));
  } catch {
    return [];
  }
}

/**
 * A page of the conversation, oldest first, before the cursor.
 * @param {string} token @param {string | null} [before] @param {number} [limit]
 * @returns {Promise<{items: unknown[], next_cursor: string | null}>}
 */
export function history(token, before = null, limit = 50) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before) query.set("before", before);
  return request("GET", `/chat/history?${query}`, { token });
}

/**
 * @param {string} token @param {import("./types.js").Message} message
 * @returns {Promise<any>} a turn, or {state: "accepted"}
 */
export const postMessage = (token, message) => request("POST", "/chat/messages", { body: message, token });
