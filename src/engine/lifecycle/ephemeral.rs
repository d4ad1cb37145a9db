// SPDX-License-Identifier: Apache-2.0

//! Opening, renewing and closing an ephemeral resource.

use std::sync::Arc;

use super::look_up::look_up;
use crate::diag::Diagnostics;
use crate::engine::catalogue::Reads;
use crate::engine::ports::{Open, Opened, Renewed};
use crate::engine::timeouts::Timeouts;
use crate::engine::{Config, Context, EphemeralResource, Session};

/// Opens an ephemeral resource. `None` where its attributes can't be told.
pub async fn open(
    resource: &EphemeralResource,
    session: &Arc<Session>,
    config: &Config,
) -> Result<(Option<Opened>, Diagnostics), Diagnostics> {
    match &resource.reads {
        Reads::LookUp(found) => {
            let (object, said) = look_up(found, session, config).await?;
            Ok((object.map(|object| Opened { object, ..Opened::default() }), said))
        }
        Reads::Own { port, .. } => {
            let opened = port.open(session.connection())?.open(config, &context(session)).await?;
            Ok((Some(opened), Diagnostics::none()))
        }
    }
}

/// Renews what was opened. What a look-up read does not expire.
pub async fn renew(
    resource: &EphemeralResource,
    session: &Arc<Session>,
    private: Vec<u8>,
) -> Result<Renewed, Diagnostics> {
    match own(resource, session)? {
        Some(port) => port.renew(private, &context(session)).await,
        None => Ok(Renewed { renew_at: None, private }),
    }
}

/// Closes what was opened. A look-up opened nothing.
pub async fn close(resource: &EphemeralResource, session: &Arc<Session>, private: Vec<u8>) -> Result<(), Diagnostics> {
    match own(resource, session)? {
        Some(port) => port.close(private, &context(session)).await,
        None => Ok(()),
    }
}

fn own(resource: &EphemeralResource, session: &Session) -> Result<Option<Box<dyn Open>>, Diagnostics> {
    match &resource.reads {
        Reads::LookUp(_) => Ok(None),
        Reads::Own { port, .. } => port.open(session.connection()).map(Some),
    }
}

fn context(session: &Session) -> Context {
    session.context().within(Timeouts::DEFAULT.read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Provider;
    use crate::library::{BRANCH, Bench, Library, config};

    #[tokio::test]
    async fn a_pass_is_opened_renewed_and_closed_with_its_private_data() {
        let bench = Bench::new();
        let pass = Library { store: bench.store.clone() }.catalogue().ephemeral_resources[0];
        let by = config([("branch_id", "B1".into())]);
        let opened = open(pass, &bench.session, &by).await.unwrap().0.unwrap();
        assert_eq!(opened.object["number"], "P-1".into());
        let renewed = renew(pass, &bench.session, opened.private).await.unwrap();
        assert!(renewed.renew_at >= opened.renew_at);
        close(pass, &bench.session, renewed.private).await.unwrap();
        assert_eq!(bench.store().taken_calls(), ["open ", "renew P-1", "close P-1"]);
    }

    #[tokio::test]
    async fn what_a_look_up_read_needs_neither() {
        let bench = Bench::new();
        bench.store().plant("B4", r#"{"id":"B4","name":"Main"}"#);
        let branch = EphemeralResource::of(&BRANCH, &["id"]);
        let opened = open(&branch, &bench.session, &config([("id", "B4".into())])).await.unwrap().0.unwrap();
        assert_eq!((opened.renew_at, &opened.object["name"]), (None, &"Main".into()));
        assert_eq!(renew(&branch, &bench.session, b"x".to_vec()).await.unwrap().private, b"x");
        close(&branch, &bench.session, Vec::new()).await.unwrap();
        assert_eq!(bench.store().taken_calls(), ["load B4"]);
    }
}
