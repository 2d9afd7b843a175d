// Uses a logger and metrics, which need winston and prom-client. Throws if one of them does not work.
module.exports = async function exerciseTelemetry({ createLogger, Metrics }) {
  createLogger({ level: 'error' }).info('this line is below the level and is not written');
  const metrics = new Metrics();
  const { text } = await metrics.scrape();
  metrics.close();
  if (!text.includes('qanto_'))
    throw new Error(`the metrics of qanto are missing in ${JSON.stringify(text)}`);
};
