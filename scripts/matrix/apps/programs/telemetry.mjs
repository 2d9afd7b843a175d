import { createLogger, Metrics } from 'qanto/telemetry';
import exerciseTelemetry from './exercise-telemetry.cjs';

exerciseTelemetry({ createLogger, Metrics }).then(() => console.log('ok'));
