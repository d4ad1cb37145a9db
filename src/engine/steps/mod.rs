// SPDX-License-Identifier: Apache-2.0

//! Pure functions over tables and values, without a clock, a request or anything that changes.
//! Called by `lifecycle` and, where an operation is nothing but one step, by `protocol`.

pub mod adoption;
pub mod assumed;
pub mod body;
mod by_key;
pub mod conflict;
pub mod creation_arguments;
pub mod derive;
pub mod deviations;
pub mod difference;
pub mod elsewhere;
pub mod exact;
pub mod explain;
mod gather;
pub mod generate;
pub mod identity;
pub mod look_up;
pub mod managed;
pub mod members;
pub mod plan;
pub mod presence;
pub mod reconcile;
pub mod said;
pub mod settle;
pub mod upgrade;
pub mod validate;
