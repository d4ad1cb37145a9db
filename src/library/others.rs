// SPDX-License-Identifier: Apache-2.0

//! The entries with tables of their own: a data source, an ephemeral resource, an action.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::store::Store;
use super::town::Town;
use crate::engine::ports::{Invocation, Invoke, Open, Opened, PortFuture, Read, Renewed};
use crate::engine::{Config, Context};
use crate::value::{Object, Value};

pub(super) struct Hours(Arc<Mutex<Store>>);
pub(super) struct Passes(Arc<Mutex<Store>>);
pub(super) struct Bell(Arc<Mutex<Store>>);

impl From<Arc<Town>> for Hours {
    fn from(town: Arc<Town>) -> Self {
        Self(town.store.clone())
    }
}

impl From<Arc<Town>> for Passes {
    fn from(town: Arc<Town>) -> Self {
        Self(town.store.clone())
    }
}

impl From<Arc<Town>> for Bell {
    fn from(town: Arc<Town>) -> Self {
        Self(town.store.clone())
    }
}

impl Read for Hours {
    fn read<'a>(&'a self, config: &'a Config, _: &'a Context) -> PortFuture<'a, Object> {
        Box::pin(async move {
            let day = config.get("day").as_str().unwrap_or("every day");
            self.0.lock().unwrap().call("hours", day)?;
            let mut object = config.object().clone();
            object.insert("hours", Value::string(format!("9 to 5 on {day}")));
            Ok(object)
        })
    }
}

impl Open for Passes {
    fn open<'a>(&'a self, config: &'a Config, context: &'a Context) -> PortFuture<'a, Opened> {
        Box::pin(async move {
            self.0.lock().unwrap().call("open", "")?;
            let mut object = config.object().clone();
            object.insert("number", "P-1".into());
            let renew_at = SystemTime::UNIX_EPOCH + Duration::from_secs(context.unix_time() + 60);
            Ok(Opened { object, renew_at: Some(renew_at), private: b"P-1".to_vec() })
        })
    }

    fn renew<'a>(&'a self, private: Vec<u8>, context: &'a Context) -> PortFuture<'a, Renewed> {
        Box::pin(async move {
            self.0.lock().unwrap().call("renew", &String::from_utf8_lossy(&private))?;
            let renew_at = SystemTime::UNIX_EPOCH + Duration::from_secs(context.unix_time() + 60);
            Ok(Renewed { renew_at: Some(renew_at), private })
        })
    }

    fn close<'a>(&'a self, private: Vec<u8>, _: &'a Context) -> PortFuture<'a, ()> {
        Box::pin(async move { self.0.lock().unwrap().call("close", &String::from_utf8_lossy(&private)) })
    }
}

impl Invoke for Bell {
    fn invoke<'a>(&'a self, invocation: Invocation<'a>) -> PortFuture<'a, ()> {
        Box::pin(async move {
            let Value::Number(times) = invocation.config.get("times") else { return Ok(()) };
            for _ in 0..times.as_i64().unwrap_or(1) {
                self.0.lock().unwrap().call("ring", "")?;
                (invocation.progress)(format!(
                    "Ding in {}",
                    invocation.config.get("branch_id").as_str().unwrap_or_default()
                ));
                invocation.session.context().pause(Duration::from_secs(1), "ringing").await?;
            }
            Ok(())
        })
    }
}
