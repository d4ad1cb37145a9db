// SPDX-License-Identifier: Apache-2.0

//! How an entry of the catalogue comes to its behaviour. `provider` makes ports, `protocol` opens them.

use std::any::Any;
use std::sync::Arc;

use super::ports::{Invoke, Open, Read, Remote};
use super::session::Connection;
use crate::diag::{Diagnostic, Diagnostics};

/// How an entry of the catalogue comes to its behaviour: over the provider's own connection type.
pub struct Port<T: ?Sized>(fn(Arc<dyn Connection>) -> Option<Box<T>>);

// === impl Port ===

macro_rules! port {
    ($($behaviour:ident)*) => {
        $(
            impl Port<dyn $behaviour> {
                /// The behaviour `P` over the connection type `C`.
                pub const fn over<C, P>() -> Self
                where
                    C: Connection,
                    P: $behaviour + From<Arc<C>> + 'static,
                {
                    Self(|connection| {
                        let connection: Arc<dyn Any + Send + Sync> = connection;
                        let connection = connection.downcast::<C>().ok()?;
                        Some(Box::new(P::from(connection)))
                    })
                }
            }
        )*
    };
}

port! { Remote Read Open Invoke }

impl<T: ?Sized> Port<T> {
    /// The behaviour over this connection.
    pub fn open(&self, connection: &Arc<dyn Connection>) -> Result<Box<T>, Diagnostics> {
        (self.0)(connection.clone()).ok_or_else(|| {
            let detail = "An entry of the provider's catalogue does not fit the provider's connection. This is a bug \
                          in the provider: please report it.";
            Diagnostic::error("The provider is put together wrongly", detail).into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Place;
    use crate::library::{BOOK, Bench, summaries};

    struct Stranger;

    impl Connection for Stranger {
        fn writes(&self) -> u64 {
            0
        }

        fn lookup(&self, _: &str, _: &Place) -> Option<String> {
            None
        }

        fn undecided(&self, _: &Place) -> Option<&'static str> {
            None
        }

        fn faults(&self) -> Diagnostics {
            Diagnostics::none()
        }
    }

    #[test]
    fn a_port_opens_over_its_own_connection_only() {
        assert!(BOOK.remote.open(Bench::new().session.connection()).is_ok());
        let stranger: Arc<dyn Connection> = Arc::new(Stranger);
        let refused = BOOK.remote.open(&stranger).err().unwrap();
        assert_eq!(summaries(&refused), ["The provider is put together wrongly"]);
    }
}
