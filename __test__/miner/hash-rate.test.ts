import { expect, test } from '@jest/globals';
import { HashRateMeter } from '../../ts/miner/hash-rate.ts';

test('the rate is unknown, not 0, until the first report', () => {
  const meter = new HashRateMeter();
  expect(meter.hashesPerSecond).toBeUndefined();
  meter.begin(0);
  expect(meter.hashesPerSecond).toBeUndefined();
});

test('the rate within one search is hashes over time', () => {
  const meter = new HashRateMeter();
  meter.begin(1000);
  meter.progress(50_000, 1100);
  meter.progress(250_000, 1500);
  expect(meter.hashesPerSecond).toBe(500_000);
});

test('searches one after another add up, with the time between them', () => {
  const meter = new HashRateMeter();
  meter.begin(0);
  meter.progress(1000, 400);
  meter.begin(600);
  meter.progress(1000, 1000);
  expect(meter.total).toBe(2000);
  expect(meter.hashesPerSecond).toBe(2000);
});

test('a search that reports nothing takes nothing away', () => {
  const meter = new HashRateMeter();
  meter.begin(0);
  meter.progress(500, 100);
  meter.begin(100);
  meter.begin(200);
  meter.progress(500, 1000);
  expect(meter.total).toBe(1000);
});

test('what lies before the window is forgotten', () => {
  const meter = new HashRateMeter(10_000);
  meter.begin(0);
  for (let second = 1; second <= 20; second += 1) meter.progress(second * 1000, second * 1000);
  for (let second = 21; second <= 40; second += 1) {
    meter.progress(20_000 + (second - 20) * 5000, second * 1000);
  }
  expect(meter.hashesPerSecond).toBe(5000);
});

test('a thousand searches a second give the rate of the whole window', () => {
  const meter = new HashRateMeter(10_000);
  for (let ms = 0; ms < 30_000; ms += 1) {
    meter.begin(ms);
    meter.progress(100, ms + 1);
  }
  expect(meter.hashesPerSecond).toBeCloseTo(100_000, 3);
});

test('after a stop the next search is measured on its own', () => {
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
