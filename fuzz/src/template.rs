use qanto_pow::{
    ByteOrder, MAX_PREIMAGE_LEN, MAX_TEXT_LEN, NonceEncoding, Template, TemplateError, U512,
};

use crate::input::{Arguments, Bounds, Input};

pub(crate) const SEEDS: &[&[u8]] = &[
    b"\x01\x00\xff\x4c\x00\x00\x1f................................\x00................................................................................",
    b"\x05\x07\xff\x08\x02\x05\x07................................\x0f0123456789abcdef",
    b"\x02\x00\xff\x03\x05\x05\x00........\xff.......................",
    b"\x00\x00\x03\x01",
];

/// A template from any bytes is accepted exactly if it is valid. Then the digest of every nonce is that of the preimage
/// with this nonce.
pub fn template(bytes: &[u8]) {
    let mut nonces = Input::new(bytes);
    let nonces = [nonces.number(), 0, u64::from(u32::MAX), u64::MAX];
    let Some(arguments) = Input::new(bytes).template() else {
        return;
    };
    let actual = arguments.template.as_ref();
    assert_eq!(actual.err(), refusal_of(&arguments).as_ref());
    if let Ok(template) = actual {
        // The digest of a long preimage takes as long as those of a thousand short ones.
        let nonces = if arguments.preimage.len() > 1_024 {
            &nonces[..1]
        } else {
            &nonces[..]
        };
        for &nonce in nonces {
            check_nonce(template, &arguments, nonce);
        }
        check_text(template, &arguments, bytes);
    }
}

/// Returns the error with which these arguments must be refused.
fn refusal_of(arguments: &Arguments) -> Option<TemplateError> {
    let &Arguments {
        algorithm,
        digest_len,
        ref preimage,
        field,
        bounds,
        ..
    } = arguments;
    let length = preimage.len();
    let overwritten = overwritten_len(field.encoding);
    if length == 0 || length > MAX_PREIMAGE_LEN {
        Some(TemplateError::PreimageLength { length })
    } else if length < overwritten || length - overwritten < field.offset {
        Some(TemplateError::NonceOutsidePreimage {
            field,
            preimage_len: length,
        })
    } else if !algorithm.has_digest_len(digest_len) {
        Some(TemplateError::DigestLength {
            algorithm,
            length: digest_len,
        })
    } else if bounds.width > digest_len {
        Some(TemplateError::RuleWidth {
            width: bounds.width,
            digest_len,
        })
    } else {
        None
    }
}

fn check_nonce(template: &Template, arguments: &Arguments, nonce: u64) {
    let max = template.max_nonce();
    let expected = if nonce > max {
        Err(TemplateError::NonceTooLarge { nonce, max })
    } else {
        Ok(digest_with(
            arguments,
            &written(arguments.field.encoding, nonce),
        ))
    };
    let digest = template.digest(nonce).map(|digest| digest.to_vec());
    assert_eq!(digest, expected);
    let is_hit = expected.is_ok_and(|digest| is_between(&digest, arguments.bounds));
    assert_eq!(template.is_hit(nonce), is_hit);
}

fn check_text(template: &Template, arguments: &Arguments, text: &[u8]) {
    let is_valid =
        (1..=MAX_TEXT_LEN).contains(&text.len()) && overwritten_len(arguments.field.encoding) == 0;
    let expected = if is_valid {
        Ok(digest_with(arguments, text))
    } else {
        Err(TemplateError::NonceText { length: text.len() })
    };
    let digest = template.digest_with_text(text);
    assert_eq!(digest.map(|digest| digest.to_vec()), expected);
}

/// Returns the digest of the preimage with these bytes in the place of the nonce.
fn digest_with(arguments: &Arguments, nonce: &[u8]) -> Vec<u8> {
    let offset = arguments.field.offset;
    let end = offset + overwritten_len(arguments.field.encoding);
    let mut message = arguments.preimage.clone();
    message.splice(offset..end, nonce.iter().copied());
    let digest = arguments
        .algorithm
        .digest_of_len(&message, arguments.digest_len);
    digest.to_vec()
}

fn written(encoding: NonceEncoding, nonce: u64) -> Vec<u8> {
    let [low, high] = [nonce as u32, (nonce >> 32) as u32];
    match encoding {
        NonceEncoding::U32Le => low.to_le_bytes().to_vec(),
        NonceEncoding::U32Be => low.to_be_bytes().to_vec(),
        NonceEncoding::U64Le => [low.to_le_bytes(), high.to_le_bytes()].concat(),
        NonceEncoding::U64Be => [high.to_be_bytes(), low.to_be_bytes()].concat(),
        NonceEncoding::U64LeSwapped => [high.to_le_bytes(), low.to_le_bytes()].concat(),
        NonceEncoding::Decimal => nonce.to_string().into_bytes(),
        NonceEncoding::DecimalFixed { width } => {
            format!("{nonce:0width$}", width = usize::from(width)).into_bytes()
        }
        NonceEncoding::Hex { width } => {
            format!("{nonce:0width$x}", width = usize::from(width)).into_bytes()
        }
    }
}

/// Returns the number of bytes of the preimage that a nonce overwrites.
fn overwritten_len(encoding: NonceEncoding) -> usize {
    match encoding {
        NonceEncoding::Decimal | NonceEncoding::DecimalFixed { .. } | NonceEncoding::Hex { .. } => {
            0
        }
        binary => written(binary, 0).len(),
    }
}

fn is_between(digest: &[u8], bounds: Bounds) -> bool {
    let bytes = &digest[..bounds.width];
    let integer = match bounds.order {
        ByteOrder::LittleEndian => U512::try_from_le_slice(bytes),
        ByteOrder::BigEndian => U512::try_from_be_slice(bytes),
    };
    let integer = integer.expect("at most 64 bytes");
    bounds.lo <= integer && integer <= bounds.hi
}
