import { expect, test } from '@jest/globals';
import { HashRateMeter } from '../../ts/miner/hash-rate.ts';

test('The hash rate is undefined, not 0, until the first report', () => {
  const meter = new HashRateMeter();
  expect(meter.hashesPerSecond).toBeUndefined();
  meter.begin(0);
  expect(meter.hashesPerSecond).toBeUndefined();
});

test('The hash rate of one search is its hashes divided by its duration', () => {
  const meter = new HashRateMeter();
  meter.begin(1000);
  meter.progress(50_000, 1100);
  meter.progress(250_000, 1500);
  expect(meter.hashesPerSecond).toBe(500_000);
});

test('The hash rate of several searches includes the time between them', () => {
  const meter = new HashRateMeter();
  meter.begin(0);
  meter.progress(1000, 400);
  meter.begin(600);
  meter.progress(1000, 1000);
  expect(meter.total).toBe(2000);
  expect(meter.hashesPerSecond).toBe(2000);
});

test('A search without a report does not change the total', () => {
  const meter = new HashRateMeter();
  meter.begin(0);
  meter.progress(500, 100);
  meter.begin(100);
  meter.begin(200);
  meter.progress(500, 1000);
  expect(meter.total).toBe(1000);
});

test('Hashes before the window are not counted', () => {
  const meter = new HashRateMeter(10_000);
  meter.begin(0);
  for (let second = 1; second <= 20; second += 1) meter.progress(second * 1000, second * 1000);
  for (let second = 21; second <= 40; second += 1) {
    meter.progress(20_000 + (second - 20) * 5000, second * 1000);
  }
  expect(meter.hashesPerSecond).toBe(5000);
});

test('The hash rate of a thousand searches per second is measured over the whole window', () => {
  const meter = new HashRateMeter(10_000);
  for (let ms = 0; ms < 30_000; ms += 1) {
    meter.begin(ms);
    meter.progress(100, ms + 1);
  }
  expect(meter.hashesPerSecond).toBeCloseTo(100_000, 3);
});

test('The first search after a stop is measured without the searches before it', () => {
  const meter = new HashRateMeter();
  meter.begin(0);
  meter.progress(1000, 1000);
  meter.stop();
  expect(meter.hashesPerSecond).toBeUndefined();
  meter.begin(60_000);
  meter.progress(1000, 60_500);
  expect(meter.hashesPerSecond).toBe(2000);
  expect(meter.total).toBe(2000);
});
