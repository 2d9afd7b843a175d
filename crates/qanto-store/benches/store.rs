//! Measures the store without Node.js: CPU time and space for blocks with a head of 300 bytes and a body of 1 KiB.
//!
//! `cargo bench -p qanto-store --bench store -- [--groups N] [--singles N] [--page BYTES]` prints one line of JSON.
#![allow(missing_docs)]

use std::time::Instant;

use cpu_time::ProcessTime;
use qanto_store::{BlockRef, Blocks, Database, Hash, HeadCursor, Identity, Options};

const GROUP: u64 = 256;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |flag: &str, default: u64| {
        let position = args.iter().position(|arg| arg == flag);
        position.map_or(default, |at| args[at + 1].parse().expect("a number"))
    };
    let (grouped, single) = (number("--groups", 100_000), number("--singles", 5_000));
    let directory = tempfile::Builder::new()
        .prefix("qanto-bench-")
        .tempdir_in(
            std::env::var_os("QANTO_BENCH_DIR").unwrap_or_else(|| std::env::temp_dir().into()),
        )
        .expect("a directory");
    let options = Options {
        directory: directory.path().to_owned(),
        identity: Identity {
            network: "bench".to_owned(),
            genesis: Hash([0; 32]),
        },
        min_free: None,
        cache_bytes: 32 << 20,
        page_bytes: Some(number("--page", 0) as u32).filter(|&bytes| bytes > 0),
        vfs: None,
    };
    let mut database = Database::open(&options).expect("a store");

    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    for first in (0..grouped).step_by(GROUP as usize) {
        let blocks = blocks(first..grouped.min(first + GROUP));
        database.append(&[(&blocks, None)]).expect("appended");
        if database.needs_checkpoint() {
            database.checkpoint().expect("copied");
        }
    }
    let (group_cpu, group_wall) = (cpu.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64());
    let size = database.usage().expect("usage").size;

    let mut latencies = Vec::new();
    let cpu = ProcessTime::now();
    for number in grouped..grouped + single {
        let blocks = blocks(number..number + 1);
        let begin = Instant::now();
        database.append(&[(&blocks, None)]).expect("appended");
        latencies.push(begin.elapsed().as_secs_f64() * 1e3);
        if database.needs_checkpoint() {
            database.checkpoint().expect("copied");
        }
    }
    let single_cpu = cpu.elapsed().as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    database.close().expect("closed");

    let wall = Instant::now();
    let mut database = Database::open(&options).expect("the store");
    let mut cursor = Some(HeadCursor::default());
    while let Some(next) = cursor {
        (_, cursor) = database.heads(next).expect("heads");
    }
    let open_wall = wall.elapsed().as_secs_f64();
    let p50 = latencies.get(latencies.len() / 2).copied().unwrap_or(0.0);
    println!(
        "{{\"groupsCpuSeconds\":{group_cpu:.4},\"groupsSeconds\":{group_wall:.4},\"bytes\":{size},\
         \"singlesCpuSeconds\":{single_cpu:.4},\"singlesP50Ms\":{p50:.4},\"openSeconds\":{open_wall:.4}}}"
    );
}

fn blocks(numbers: std::ops::Range<u64>) -> Blocks {
    let head = [7; 300];
    let body = [9; 1024];
    let hashes: Vec<Hash> = numbers
        .map(|number| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
            hash[8..16].copy_from_slice(&number.to_le_bytes());
            Hash(hash)
        })
        .collect();
    Blocks::pack(hashes.iter().map(|&hash| BlockRef {
        hash,
        head: &head,
        body: &body,
    }))
}
