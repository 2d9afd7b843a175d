/** The protocol of the control socket: its version and its limits. docs/control.md describes it. */

/** The version of the protocol. A change that an older client or node would misunderstand increases it. */
export const CONTROL_PROTOCOL = 1;

/** The maximum length of a line in either direction, in bytes. The largest block fits, in base64. */
export const MAX_LINE_BYTES = 4 * 2 ** 20;

/** The maximum number of requests of a connection that are being answered. */
export const MAX_REQUESTS = 4;

/** The maximum number of connections. */
export const MAX_CONNECTIONS = 16;

/** The maximum number of bytes that wait to be read by a client. */
export const MAX_UNSENT_BYTES = 4 * MAX_LINE_BYTES;

/** The time after which a connection without a request is closed, in ms. */
export const IDLE_MS = 60_000;

/** The time within which a node must answer the first request of a client, in ms. */
export const GREETING_MS = 5_000;
