// A logger and metrics, which need packages of the host. Throws unless they do what they must.
module.exports = async function exerciseTelemetry({ createLogger, Metrics }) {
  createLogger({ level: 'error' }).info('below the level: nothing is written');
  const metrics = new Metrics();
  const { text } = await metrics.scrape();
  metrics.close();
  if (!text.includes('qanto_')) throw new Error(`the metrics are ${JSON.stringify(text)}`);
};
