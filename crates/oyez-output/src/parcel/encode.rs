//! A parcel as an entry of a spool.
