//! The memory that the code uses. One list defines both the type `Table`, with which Rust fills it, and the addresses in the
//! code.

/// A field of the table: its name, its type in Rust, its length in bytes, and what it is.
struct Field(&'static str, &'static str, usize, &'static str);

/// The fields in order. Each begins at a multiple of 32 bytes. The code of an address is shorter for the first ones.
#[rustfmt::skip]
const FIELDS: &[Field] = &[
    Field("k", "[u32; 64]", 256, "The constants K."),
    Field("base", "[u32; 40]", 160, "The terms of W(t) of the block that depend on no nonce of the segment, for each t."),
    Field("test", "Test", 32, "The test of the digest's word."),
    Field("second_base", "[u32; 32]", 128, "The constant terms of W(t) of the second hash, for each t."),
    Field("second_kw", "[u32; 16]", 64, "K(t) + W(t) of the second hash, for each t whose W(t) is padding."),
    Field("swap", "[u8; 32]", 32, "The order of bytes in which the test reads its words, for `vpshufb`."),
    Field("start", "Variables", 32, "The variables with which the rounds of the block begin, in a header."),
    Field("middle", "Variables", 32, "The hash value before the block."),
    Field("second_start", "Variables", 32, "The variables with which the rounds of the second hash begin."),
    Field("changing", "[[u32; 2]; 4]", 32, "Of each word that changes: its value with the first nonce of the segment, and K(t). Two pairs are unused."),
    Field("masks", "[u32; 8]", 32, "The places of the words that change in their rows, and five zeros."),
    Field("words", "[[u32; 8]; 2]", 64, "The nonces of a header whose schedule is computed next, and those behind them, in turn."),
    Field("early", "[[u32; 8]; 64]", 2048, "W(t - 16) and the function of W(t - 15), added, for each t."),
    Field("digests", "[Variables; 8]", 256, "The hash values after the block, by lane."),
    Field("hashes", "[Variables; 8]", 256, "The hash values after the second hash, by lane."),
    Field("prepared", "[[[u32; 8]; 34]; 2]", 2176, "The field `base` with the terms that depend on the words that change, in lanes, and then these words: for the nonces whose schedule is computed next, and for those behind them, in turn."),
];

/// The length of a row of the schedule: K(t) + W(t) and K(t + 1) + W(t + 1) of 8 nonces.
pub const ROW: usize = 64;

/// Returns the distance of a field from the start of the table.
pub fn offset(name: &str) -> usize {
    let mut offset = 0;
    for field in FIELDS {
        if field.0 == name {
            return offset;
        }
        offset += field.2.next_multiple_of(32);
    }
    panic!("the table has no field {name}");
}

/// Returns the address of a place in a field.
pub fn address(name: &str, bytes: usize) -> String {
    format!("[rdi + {}]", offset(name) + bytes)
}

/// Returns the operand with the 32-bit word number `index` of a field in every lane.
pub fn broadcast(name: &str, index: usize) -> String {
    format!("dword ptr {}{{1to8}}", address(name, 4 * index))
}

/// Returns the operand with the vector number `index` of a field.
pub fn vector(name: &str, index: usize) -> String {
    format!("ymmword ptr {}", address(name, 32 * index))
}

/// Returns the first half of variables, named ABEF, or the second half, CDGH.
pub fn half(name: &str, number: usize, half: usize) -> String {
    format!("xmmword ptr {}", address(name, 32 * number + 16 * half))
}

/// A vector instruction that puts words a and b of 8 lanes beside each other does so in each half of 128 bits. Returns the
/// place where the pair of a lane is.
pub fn slot(lane: usize) -> usize {
    [0, 1, 4, 5, 2, 3, 6, 7][lane]
}

/// Returns the definition of the table in Rust.
pub fn as_rust() -> String {
    let mut text =
        String::from("#[repr(C, align(64))]\n#[derive(Clone)]\npub(super) struct Table {\n");
    for Field(name, kind, len, purpose) in FIELDS {
        let padding = len.next_multiple_of(32) - len;
        assert_eq!(padding, 0, "{name} would leave a gap");
        text += &format!("    /// {purpose}\n    pub(super) {name}: {kind},\n");
    }
    text += "}\n\nconst _: () = {\n";
    for Field(name, ..) in FIELDS {
        let offset = offset(name);
        text += &format!("    assert!(std::mem::offset_of!(Table, {name}) == {offset});\n");
    }
    text + "};\n"
}
