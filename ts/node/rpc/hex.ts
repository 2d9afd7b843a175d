/** An unsigned 32-bit integer as 8 hex digits, the most significant one first. */
export function hex8(integer: number): string {
  return integer.toString(16).padStart(8, '0');
}

/** An unsigned 256-bit integer as 64 hex digits, the most significant one first. */
export function hex256(integer: bigint): string {
  return integer.toString(16).padStart(64, '0');
}
