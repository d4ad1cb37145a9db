//! The generated messages and service of `proto/tfplugin6.proto`, in the module layout that the
//! generated paths need.

#![allow(missing_docs, clippy::all, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, dead_code)]

include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
