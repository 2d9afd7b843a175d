export { median, quantile, slope } from '../dist/diagnostics/statistics.js';
