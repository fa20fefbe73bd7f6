//! summarization-service
