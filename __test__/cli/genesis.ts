/** The header of Bitcoin's genesis block, in hex; its nonce is in the last four bytes. */
export const GENESIS_HEADER = `01000000${'0'.repeat(64)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`;
export const GENESIS_NONCE = '2083236893';
export const GENESIS_DISPLAY_HASH = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
export const GENESIS_TARGET = `00000000ffff${'0'.repeat(52)}`;
