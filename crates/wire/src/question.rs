//! Questions and answers between processes, as bytes; the generated messages are their types, as nothing is decided on
//! them.

use bytes::Bytes;
use prost::Message as _;

use crate::field::Reader;
use crate::{Error, bus};

const QUERY: Reader = Reader("Query");
const QUERY_RESULT: Reader = Reader("QueryResult");
const ASK: Reader = Reader("Ask");
const ANSWER: Reader = Reader("Answer");

/// A question to summarization of a region.
pub fn encode_query(query: &bus::Query) -> Bytes {
    query.encode_to_vec().into()
}

/// See [`encode_query`].
pub fn decode_query(bytes: &[u8]) -> Result<bus::Query, Error> {
    QUERY.parse(bytes)
}

/// What summarization of a region answers.
pub fn encode_query_result(result: &bus::QueryResult) -> Bytes {
    result.encode_to_vec().into()
}

/// See [`encode_query_result`].
pub fn decode_query_result(bytes: &[u8]) -> Result<bus::QueryResult, Error> {
    QUERY_RESULT.parse(bytes)
}

/// A question to an agent.
pub fn encode_ask(ask: &bus::Ask) -> Bytes {
    ask.encode_to_vec().into()
}

/// See [`encode_ask`].
pub fn decode_ask(bytes: &[u8]) -> Result<bus::Ask, Error> {
    ASK.parse(bytes)
}

/// What an agent answers.
pub fn encode_answer(answer: &bus::Answer) -> Bytes {
    answer.encode_to_vec().into()
}

/// See [`encode_answer`].
pub fn decode_answer(bytes: &[u8]) -> Result<bus::Answer, Error> {
    ANSWER.parse(bytes)
}
