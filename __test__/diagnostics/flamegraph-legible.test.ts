import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { legibleFlamegraph } from '../../ts/diagnostics/flamegraph/legible.ts';
import { shortRustName } from '../../ts/diagnostics/flamegraph/rust-names.ts';
import { readFlamegraph } from '../../ts/diagnostics/flamegraph/svg.ts';
import { SCENARIO_NAMES } from '../../ts/diagnostics/scenarios/index.ts';

test.each([
  [
    '<qanto_pow::kernel::lanes::LaneFilter<qanto_pow::kernel::x86::avx512::Avx512, qanto_pow::kernel::lanes::sha::Sha, 1> as qanto_pow::kernel::scanner::Filter>::first_candidate',
    'LaneFilter<Avx512, Sha, 1>::first_candidate',
  ],
  ['<qanto_pow::pool::Pool>::admit', 'Pool::admit'],
  ['<a::B as a::C>::scan::h0123456789abcdef', 'B::scan'],
  ['qanto_pow::kernel::measure::measure', 'measure::measure'],
  [
    'std::sys::backtrace::__rust_begin_short_backtrace::<<a::M>::start::{closure#0}, ()>',
    'backtrace::__rust_begin_short_backtrace',
  ],
  ['<a::b::F<fn(a::X) -> a::Y> as a::T>::call::{closure#1}', 'F<fn(X) -> Y>::call::{closure}'],
])('The function %s of Rust has a short name', (full, short) => {
  expect(shortRustName(full)).toBe(short);
});

test.each([
  'v8::internal::Builtin_HandleApiCall',
  'JS:^drain dist/pow/solver.js:95:15',
  'do_syscall_64',
  '[unknown]',
])('The name %s, which is not of Rust, stays as it is', (name) => {
  expect(shortRustName(name)).toBe(name);
});

test('A flamegraph that is made legible keeps the full names and the samples of its frames', () => {
  const svg =
    '<svg id="frames" x="10" width="1180" total_samples="9">' +
    '<g><title>&lt;a::B as a::C&gt;::scan (9 samples, 100.00%)</title><rect x="0%" y="5" width="1%" height="15" fg:x="0" fg:w="9"/></g>' +
    '</svg>';
  const legible = legibleFlamegraph(svg);
  expect(readFlamegraph(legible)).toEqual({
    samples: 9,
    frames: [{ name: '<a::B as a::C>::scan', firstSample: 0, samples: 9 }],
  });
  expect(legible).toContain('<g data-name="B::scan"><title>');
});

test.each(SCENARIO_NAMES)(
  'The flamegraph %s shows short names, which its script reads, and a legend',
  (scenario) => {
    const svg = readFileSync(`flamegraphs/${scenario}.svg`, 'utf8');
    expect(svg).toMatch(/<g data-name="[^"]*::first_candidate"><title>&lt;qanto_pow::/);
    expect(svg.split('e.getAttribute("data-name")')).toHaveLength(3);
    expect(svg.split('<g id="legend">')).toHaveLength(2);
  },
);
