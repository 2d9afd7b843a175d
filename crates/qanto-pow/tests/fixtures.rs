//! Tests with published data: Bitcoin's headers and the official BLAKE3 vectors.

mod common;

use common::{fixture, from_hex, header_template, kernels, to_hex};
use qanto_pow::kernel::{Hit, prepare};
use qanto_pow::{Algorithm, MAX_PREIMAGE_LEN, NonceEncoding, NonceField, Target, Template, U256};

/// Returns headers (80 bytes) with their hashes in displayed order.
fn bitcoin_headers() -> Option<Vec<(Vec<u8>, String)>> {
    let text = fixture("bitcoin/mainnet-headers.csv")?;
    let rows = text.lines().skip(1).map(|row| {
        let columns: Vec<&str> = row.split(',').collect();
        (from_hex(columns[1]), columns[2].to_owned())
    });
    let headers: Vec<_> = rows.collect();
    assert_eq!(headers.len(), 401);
    Some(headers)
}

#[test]
fn every_bitcoin_header_has_its_published_hash_and_meets_its_bits() {
    for (header, hash) in bitcoin_headers().unwrap_or_default() {
        let (template, nonce) = header_template(&header);
        let digest = template.digest(nonce).expect("a 32-bit nonce");
        assert_eq!(to_hex(digest.iter().rev().copied()), hash);
        assert!(template.is_hit(nonce), "{hash}");
    }
}

#[test]
fn no_bitcoin_header_with_one_flipped_bit_meets_its_bits() {
    for (index, (header, hash)) in bitcoin_headers()
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        // Any bit except those of the target.
        let bit = (index * 37) % (72 * 8);
        let mut flipped = header.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (template, nonce) = header_template(&flipped);
        assert!(!template.is_hit(nonce), "{hash}, bit {bit}");
        let (template, nonce) = header_template(&header);
        assert!(!template.is_hit(nonce ^ 1 << (index % 32)), "{hash}");
    }
}

#[test]
fn every_kernel_finds_the_nonce_of_every_bitcoin_header() {
    for (header, hash) in bitcoin_headers().unwrap_or_default() {
        let (template, nonce) = header_template(&header);
        let first = nonce.saturating_sub(100);
        let count = (template.max_nonce() - first + 1).min(200);
        for kernel in kernels() {
            let scan = prepare(&template, Some(kernel)).expect("supported");
            assert_eq!(
                scan.scan(first, count),
                Some(Hit { nonce, variant: 0 }),
                "{hash} {kernel}"
            );
        }
    }
}

/// Returns inputs with their digests of 32 bytes.
fn blake3_vectors() -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let text = fixture("blake3/official-vectors.json")?;
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let cases = json["cases"].as_array().expect("a list of cases");
    assert!(!cases.is_empty());
    let vectors = cases.iter().map(|case| {
        let length = case["input_len"].as_u64().expect("a number");
        let input = (0..length).map(|i| (i % 251) as u8).collect();
        let hash = case["hash"].as_str().expect("a string");
        (input, from_hex(&hash[..64]))
    });
    Some(vectors.collect())
}

#[test]
fn the_blake3_reference_gives_the_official_digests() {
    for (input, digest) in blake3_vectors().unwrap_or_default() {
        let length = input.len();
        assert_eq!(
            Algorithm::Blake3.digest(&input)[..],
            digest,
            "{length} bytes"
        );
    }
}

/// Any four bytes of an input can serve as its nonce. A scanner computes the right digest if it accepts this nonce with
/// the digest as the target, and rejects it with the next lower target.
#[test]
fn every_kernel_computes_the_official_blake3_digests() {
    for (input, digest) in blake3_vectors().unwrap_or_default() {
        if input.len() < 4 || input.len() > MAX_PREIMAGE_LEN {
            continue;
        }
        let value = U256::try_from_le_slice(&digest).expect("32 bytes");
        let last = input.len() - 4;
        for offset in [0, last / 3, last / 2, last.saturating_sub(1), last] {
            let nonce = u32::from_le_bytes(std::array::from_fn(|i| input[offset + i]));
            let nonce = u64::from(nonce);
            let with_target = |value| {
                let field = NonceField {
                    offset,
                    encoding: NonceEncoding::U32Le,
                };
                let target = Target::new(value).expect("not 0");
                Template::new(Algorithm::Blake3, input.as_slice(), field, target).expect("valid")
            };
            for kernel in kernels() {
                let scan = |value| {
                    let scan = prepare(&with_target(value), Some(kernel)).expect("supported");
                    scan.scan(nonce, 1)
                };
                let length = input.len();
                assert_eq!(
                    scan(value),
                    Some(Hit { nonce, variant: 0 }),
                    "{length} at {offset}, {kernel}"
                );
                assert_eq!(
                    scan(value - U256::ONE),
                    None,
                    "{length} at {offset}, {kernel}"
                );
            }
        }
    }
}
