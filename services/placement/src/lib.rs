//! placement-service
