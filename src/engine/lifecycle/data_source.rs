// SPDX-License-Identifier: Apache-2.0

//! Reading a data source.

use std::sync::Arc;

use super::look_up::look_up;
use crate::diag::Diagnostics;
use crate::engine::catalogue::Reads;
use crate::engine::timeouts::Timeouts;
use crate::engine::{Config, DataSource, Session};
use crate::value::Object;

/// Reads a data source: the attributes of its table, `None` where they can't be told.
pub async fn read_data_source(
    source: &DataSource,
    session: &Arc<Session>,
    config: &Config,
) -> Result<(Option<Object>, Diagnostics), Diagnostics> {
    match &source.reads {
        Reads::LookUp(found) => look_up(found, session, config).await,
        Reads::Own { port, .. } => {
            let context = session.context().within(Timeouts::DEFAULT.read);
            let object = port.open(session.connection())?.read(config, &context).await?;
            Ok((Some(object), Diagnostics::none()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Provider;
    use crate::library::{Bench, Library, config};

    fn source(bench: &Bench, type_name: &str) -> &'static DataSource {
        let catalogue = Library { store: bench.store.clone() }.catalogue();
        catalogue.data_sources.iter().find(|source| source.type_name == type_name).unwrap()
    }

    #[tokio::test]
    async fn a_data_source_with_a_table_of_its_own_is_read_through_its_port() {
        let bench = Bench::new();
        let by = config([("branch_id", "B1".into()), ("day", "Monday".into())]);
        let hours = source(&bench, "library_opening_hours");
        let (object, said) = read_data_source(hours, &bench.session, &by).await.unwrap();
        assert_eq!((&object.unwrap()["hours"], said), (&"9 to 5 on Monday".into(), Diagnostics::none()));
        let said = crate::engine::steps::look_up::validate_reads(&hours.reads, &config([]));
        assert!(said.has_errors(), "`branch_id` is required");
        bench.store().failing = vec!["hours"];
        assert!(read_data_source(hours, &bench.session, &by).await.unwrap_err().has_errors());
    }

    #[tokio::test]
    async fn a_look_up_of_a_resource_needs_no_port_of_its_own() {
        let bench = Bench::new();
        bench.store().plant("B4", r#"{"id":"B4","name":"Main"}"#);
        let by = config([("name", "Main".into())]);
        let (object, _) = read_data_source(source(&bench, "library_branch"), &bench.session, &by).await.unwrap();
        assert_eq!(object.unwrap()["id"], "B4".into());
    }
}
