//! Fields of an encoded message, whatever they mean: protobuf's wire format and nothing above it.

/// One field as it stands in the message.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a> {
    pub number: u32,
    pub value: Value<'a>,
    /// Tag and value.
    pub bytes: &'a [u8],
}

#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// The fields of `message` in order; `None` where it is not a message. (Groups, which nobody writes, are not read.)
pub(crate) fn fields(message: &[u8]) -> Option<Vec<Raw<'_>>> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let (number, value, tail) = field(rest)?;
        fields.push(Raw { number, value, bytes: &rest[..rest.len() - tail.len()] });
        rest = tail;
    }
    Some(fields)
}

fn field(bytes: &[u8]) -> Option<(u32, Value<'_>, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let number = u32::try_from(tag >> 3).ok().filter(|&number| number > 0)?;
    let (value, rest) = match tag & 7 {
        0 => varint(rest).map(|(value, rest)| (Value::Varint(value), rest))?,
        1 => rest.split_first_chunk().map(|(b, rest)| (Value::Fixed64(u64::from_le_bytes(*b)), rest))?,
        2 => length_delimited(rest)?,
        5 => rest.split_first_chunk().map(|(b, rest)| (Value::Fixed32(u32::from_le_bytes(*b)), rest))?,
        _ => return None,
    };
    Some((number, value, rest))
}

fn length_delimited(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (length, rest) = varint(bytes)?;
    let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Value::Bytes(value), rest))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// Appends a length-delimited field.
pub(crate) fn push_bytes(out: &mut Vec<u8>, number: u32, value: &[u8]) {
    push_varint(out, (u64::from(number) << 3) | 2);
    push_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
