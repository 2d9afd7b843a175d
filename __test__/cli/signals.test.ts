import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from '@jest/globals';
import { listenForPause, listenForStop } from '../../ts/cli/signals.ts';

let source: EventEmitter;
let nowMs: number;
let heard: string[];
let stopListening: () => void;

beforeEach(() => {
  source = new EventEmitter();
  nowMs = 5000;
  heard = [];
  stopListening = listenForStop(
    { onStop: (signal) => heard.push(`stop ${signal}`), onForce: (signal) => heard.push(`force ${signal}`) },
    source,
    () => nowMs,
  );
});

test.each(['SIGINT', 'SIGTERM'])('The first %s calls onStop', (signal) => {
  source.emit(signal, signal);
  expect(heard).toEqual([`stop ${signal}`]);
});

test('A signal that is repeated within one second is ignored', () => {
  source.emit('SIGINT', 'SIGINT');
  nowMs += 1000;
  source.emit('SIGINT', 'SIGINT');
  expect(heard).toEqual(['stop SIGINT']);
});

test('A later signal calls onForce', () => {
  source.emit('SIGINT', 'SIGINT');
  nowMs += 1001;
  source.emit('SIGTERM', 'SIGTERM');
  expect(heard).toEqual(['stop SIGINT', 'force SIGTERM']);
});

test('The returned function removes all listeners', () => {
  stopListening();
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
});

test('SIGUSR2 pauses a miner, and the next one resumes it', () => {
  const calls: string[] = [];
  const miner = {
    isPaused: false,
    async pause() {
      calls.push('pause');
      miner.isPaused = true;
    },
    resume() {
      calls.push('resume');
      miner.isPaused = false;
    },
  };
  listenForPause(miner, source);
  for (let n = 0; n < 3; n += 1) source.emit('SIGUSR2', 'SIGUSR2');
  expect(calls).toEqual(['pause', 'resume', 'pause']);
});
