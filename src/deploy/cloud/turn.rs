//! The turn of a request in the budget. It is waited for before each attempt is signed: AWS takes no signature that is older
//! than five minutes, and a long queue is longer than that.

use std::sync::Arc;

use aws_sdk_lambda::config::endpoint::Params;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use super::budget::{Budget, Kind};

const TOO_MANY_REQUESTS: u16 = 429;

/// What a request waits for.
#[derive(Debug, Clone)]
struct Turn {
    budget: Arc<Budget>,
    kind: Kind,
}

impl Storable for Turn {
    type Storer = StoreReplace<Self>;
}

/// Tells what each attempt has to wait for, and the budget what AWS says to it.
#[derive(Debug)]
pub struct Turns {
    /// Whose calls are counted.
    pub region: String,
}

impl Intercept for Turns {
    fn name(&self) -> &'static str {
        "Turns"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        if let Some(kind) = Kind::of(request.method(), request.uri()) {
            let endpoint = state.load::<EndpointResolverParams>().and_then(|all| all.get::<Params>()?.endpoint());
            let budget = Budget::of(&self.region, endpoint.unwrap_or_default());
            state.interceptor_state().store_put(Turn { budget, kind });
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Turn { budget, kind }) = state.load::<Turn>()
            && context.response().status().as_u16() == TOO_MANY_REQUESTS
        {
            budget.too_fast(*kind);
        }
        Ok(())
    }
}

/// Waits for the turn. The credentials are the last that an attempt asks for before it is signed, and the only thing then
/// that it may wait for. They are kept elsewhere.
#[derive(Debug)]
pub struct AtItsTurn;

impl ResolveCachedIdentity for AtItsTurn {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        state: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            if let Some(Turn { budget, kind }) = state.load::<Turn>() {
                budget.take(*kind).await;
            }
            resolver.resolve_identity(components, state).await
        })
    }
}
