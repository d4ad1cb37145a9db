// SPDX-License-Identifier: Apache-2.0

//! How many requests are under way at once, so that a test can tell whether its client sends them
//! side by side. `world` keeps the counter, each `arrived` request counts itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The requests that are under way now.
#[derive(Clone, Default)]
pub struct Counter {
    count: Arc<AtomicUsize>,
}

/// One of them. It is under way until this is dropped.
pub struct UnderWay {
    counter: Counter,
    /// How many were under way when it arrived, itself included.
    pub at_once: usize,
}

impl Counter {
    /// Counts a request that arrives.
    pub fn arrive(&self) -> UnderWay {
        let before = self.count.fetch_add(1, Ordering::SeqCst);
        UnderWay { counter: self.clone(), at_once: before + 1 }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.counter.count.fetch_sub(1, Ordering::SeqCst);
    }
}
