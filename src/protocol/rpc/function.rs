// SPDX-License-Identifier: Apache-2.0

//! CallFunction, which may come to a process that was never configured.

use super::super::shared::{Shared, not_offered};
use super::super::{decode, encode, wire};
use crate::engine::Function;
use crate::value::{Type, Value};

pub(in crate::protocol) async fn call_function(
    shared: &Shared,
    request: wire::call_function::Request,
) -> wire::call_function::Response {
    let function = shared.catalogue().functions.iter().find(|function| function.name == request.name);
    let called = match function {
        Some(function) => call(function, &request.arguments),
        None => Err((None, not_offered("function", &request.name).detail)),
    };
    match called {
        Ok(result) => wire::call_function::Response { result: Some(result), error: None },
        Err((function_argument, text)) => {
            let error = encode::function_error(&text, function_argument);
            wire::call_function::Response { result: None, error: Some(error) }
        }
    }
}

fn call(function: &Function, arguments: &[wire::DynamicValue]) -> Result<wire::DynamicValue, (Option<i64>, String)> {
    if arguments.len() != function.parameters.len() {
        return Err((None, format!("{} arguments are needed, not {}.", function.parameters.len(), arguments.len())));
    }
    let position = |index: usize| i64::try_from(index).ok();
    let mut texts = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        match decode::dynamic(Some(argument), &Type::String) {
            Ok(Value::String(text)) => texts.push(text),
            Ok(_) => return Err((position(index), "a text is needed here.".to_owned())),
            Err(error) => return Err((position(index), error.to_string())),
        }
    }
    let texts: Vec<&str> = texts.iter().map(|text| text.as_str()).collect();
    let result = (function.call)(&texts).map_err(|(blamed, text)| (position(blamed), text))?;
    encode::dynamic(&result, &(function.returns)()).map_err(|message| (None, message.detail))
}
