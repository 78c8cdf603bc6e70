//! Sequences of messages and events, each with what the table must say.
