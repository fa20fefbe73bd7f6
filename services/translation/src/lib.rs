//! translation-service
