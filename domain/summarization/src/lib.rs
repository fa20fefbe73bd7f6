//! summarization
