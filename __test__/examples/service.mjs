// The solving service in a process of its own; tells its parent the address, and what the threads do when it asks.
import { poolStatus } from 'qanto';
import { buildService } from '../../examples/pow-service.mjs';

const service = buildService();
process.on('message', async (request) => {
  if (request === 'status') process.send(poolStatus());
  else {
    await service.close();
    process.disconnect();
  }
});
process.send(await service.listen({ port: 0, host: '127.0.0.1' }));
