use qanto_pow::{MAX_PREIMAGE_LEN, NonceEncoding, NonceField, Template, TemplateError, U256};

use crate::input::Input;

pub(crate) const SEEDS: &[&[u8]] = &[
    b"\x01\x4c\x00\x00................................\x00................................................................................",
    b"\x02\x08\x02\x05................................\x0f0123456789abcdef",
    b"\x00\x00\x03\x01",
];

/// A template from any bytes is accepted exactly if it is valid. Then the digest of every nonce is that of the preimage
/// with this nonce.
pub fn template(bytes: &[u8]) {
    let mut nonces = Input::new(bytes);
    let nonces = [nonces.number(), 0, u64::from(u32::MAX), u64::MAX];
    let Some((preimage, field, template)) = Input::new(bytes).template() else {
        return;
    };
    let length = preimage.len();
    let expected = if length == 0 || length > MAX_PREIMAGE_LEN {
        Some(TemplateError::PreimageLength { length })
    } else if length.saturating_sub(field.encoding.width()) < field.offset
        || length < field.encoding.width()
    {
        Some(TemplateError::NonceOutsidePreimage {
            field,
            preimage_len: length,
        })
    } else {
        None
    };
    assert_eq!(template.as_ref().err(), expected.as_ref());
    if let Ok(template) = template {
        // The digest of a long preimage takes as long as those of a thousand short ones.
        let nonces = if length > 1_024 {
            &nonces[..1]
        } else {
            &nonces[..]
        };
        for &nonce in nonces {
            check_nonce(&template, &preimage, field, nonce);
        }
    }
}

fn check_nonce(template: &Template, preimage: &[u8], field: NonceField, nonce: u64) {
    let mut message = preimage.to_vec();
    let written = &mut message[field.offset..field.offset + field.encoding.width()];
    let le = nonce.to_le_bytes();
    let be = nonce.to_be_bytes();
    match field.encoding {
        NonceEncoding::U32Le => written.copy_from_slice(&le[..4]),
        NonceEncoding::U32Be => written.copy_from_slice(&be[4..]),
        NonceEncoding::U64Le => written.copy_from_slice(&le),
        NonceEncoding::U64Be => written.copy_from_slice(&be),
    }
    let max = template.max_nonce();
    let expected = if nonce > max {
        Err(TemplateError::NonceTooLarge { nonce, max })
    } else {
        Ok(template.algorithm().digest(&message))
    };
    assert_eq!(template.digest(nonce), expected);
    let is_hit =
        expected.is_ok_and(|digest| U256::from_le_bytes(digest) <= template.target().value());
    assert_eq!(template.is_hit(nonce), is_hit);
}
