//! Scans a number of nonces with one kernel and nothing else, on the main thread. `bench/arm-instructions.mjs` counts the
//! instructions that it executes.
//!
//! Usage: `scan KERNEL ALGORITHM PREIMAGE_LENGTH OFFSET ENCODING COUNT`, such as `scan neon blake3 80 76 u32le 1024`.

use std::process::ExitCode;

use qanto_pow::kernel::prepare;
use qanto_pow::{Algorithm, Kernel, NonceEncoding, NonceField, Target, Template, U256};

fn run(arguments: &[String]) -> Result<bool, Box<dyn std::error::Error>> {
    let [kernel, algorithm, len, offset, encoding, count] = arguments else {
        return Err("give a kernel, an algorithm, the length of the preimage, the offset and the encoding of the nonce, and a number of nonces".into());
    };
    let kernel: Kernel = kernel.parse()?;
    let algorithm: Algorithm = algorithm.parse()?;
    let nonce = NonceField {
        offset: offset.parse()?,
        encoding: match encoding.as_str() {
            "u32le" => NonceEncoding::U32Le,
            "u64be" => NonceEncoding::U64Be,
            "hex" => NonceEncoding::Hex { width: 16 },
            _ => {
                return Err(
                    format!("the encoding must be u32le, u64be or hex; got {encoding}").into(),
                );
            }
        },
    };
    // No nonce that can be tried meets this target.
    let target = Target::new(U256::ONE)?;
    let template = Template::new(algorithm, vec![b'7'; len.parse()?], nonce, target)?;
    let scan = prepare(&template, Some(kernel))?;
    if scan.kernel() != kernel {
        return Err(format!("the kernel {kernel} does not support the template").into());
    }
    Ok(scan.scan(0, count.parse()?).is_some())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(hit) => {
            println!("{}", if hit { "hit" } else { "no hit" });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
