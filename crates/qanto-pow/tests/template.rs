//! Which templates are refused, and where the nonce is written.

use qanto_pow::{
    Algorithm, MAX_PREIMAGE_LEN, NonceEncoding, NonceField, Target, Template, TemplateError,
};

fn template(
    preimage: &[u8],
    offset: usize,
    encoding: NonceEncoding,
) -> Result<Template, TemplateError> {
    let nonce = NonceField { offset, encoding };
    Template::new(Algorithm::Sha256, preimage, nonce, Target::MAX)
}

#[test]
fn a_preimage_of_1_to_65536_bytes_is_accepted_and_no_other() {
    for length in [0, MAX_PREIMAGE_LEN + 1] {
        let refused = template(&vec![0; length], 0, NonceEncoding::U32Le);
        assert_eq!(refused, Err(TemplateError::PreimageLength { length }));
    }
    assert!(template(&vec![0; MAX_PREIMAGE_LEN], 0, NonceEncoding::U32Le).is_ok());
}

#[test]
fn the_nonce_must_lie_within_the_preimage() {
    for encoding in NonceEncoding::BINARY {
        let width = encoding.len_of(0);
        assert!(template(&vec![0; width], 0, encoding).is_ok());
        assert!(template(&[0; 80], 80 - width, encoding).is_ok());
        for (preimage_len, offset) in [(width - 1, 0), (80, 81 - width), (80, 80), (80, usize::MAX)]
        {
            let field = NonceField { offset, encoding };
            let error = TemplateError::NonceOutsidePreimage {
                field,
                preimage_len,
            };
            assert_eq!(
                template(&vec![0; preimage_len], offset, encoding),
                Err(error)
            );
        }
    }
}

#[test]
fn an_error_names_the_field_and_the_value_and_what_would_be_valid() {
    let error = template(&[0; 80], 77, NonceEncoding::U32Le).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "nonce.offset must leave space for 4 bytes in the preimage of 80 bytes; got 77"
    );
    let error = template(&[], 0, NonceEncoding::U32Le).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "preimage must have 1 to 65536 bytes; got 0"
    );
}

#[test]
fn each_encoding_writes_the_nonce_in_its_byte_order() {
    for (encoding, written) in [
        (NonceEncoding::U32Le, [4, 3, 2, 1].as_slice()),
        (NonceEncoding::U32Be, &[1, 2, 3, 4]),
        (NonceEncoding::U64Le, &[4, 3, 2, 1, 0, 0, 0, 0]),
        (NonceEncoding::U64Be, &[0, 0, 0, 0, 1, 2, 3, 4]),
    ] {
        let message = [b"ab", written, b"yz"].concat();
        // The placeholder bytes do not affect the digest.
        for placeholder in [0, 0xff] {
            let mut preimage = message.clone();
            preimage[2..2 + written.len()].fill(placeholder);
            let digest =
                template(&preimage, 2, encoding).map(|template| template.digest(0x0102_0304));
            assert_eq!(
                digest,
                Ok(Ok(Algorithm::Sha256.digest(&message))),
                "{encoding}"
            );
        }
    }
}
