// Runs the solving service in its own process. Sends its address to the parent, and the status of the pool on request.
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
