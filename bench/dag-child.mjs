// Measures what blocks cost in the build of a checkout, and prints one line of JSON: times per block of the recorded headers
// and of blocks in their shape, which are stored in groups and one at a time.
//   node bench/dag-child.mjs CHECKOUT
import { loadBuild } from './dag-build.mjs';
import { benchDurableStore, benchSingleBlocks, blocksLike } from './durable-store.mjs';
import { benchHeaders, recordedHeaders } from './recorded-headers.mjs';

/** The first rounds of a process are slower, because V8 has not compiled everything yet. A round of headers is short. */
const WARM_UP = 2;
const ROUNDS = 3;
const HEADERS_WARM_UP = 5;
const HEADERS_ROUNDS = 9;

const build = await loadBuild(process.argv[2]);
const recording = recordedHeaders();
const count = recording.headers.length - 1;
const headers = benchHeaders(build, recording, HEADERS_WARM_UP + HEADERS_ROUNDS).slice(HEADERS_WARM_UP);
const dag = blocksLike(build, recording);
const { times, proofOfWork } = await benchDurableStore(build, dag, WARM_UP + ROUNDS);
const groups = times.slice(WARM_UP);
const singles = await benchSingleBlocks(build, dag);
const perBlock = (list) => list.map(({ cpuUs }) => cpuUs / count);
console.log(
  JSON.stringify({
    headersUs: perBlock(headers),
    groupsUs: perBlock(groups),
    groupsWithoutProofOfWorkUs: perBlock(groups).map((us) => us - proofOfWork.cpuUs / count),
    ...singles,
  }),
);
