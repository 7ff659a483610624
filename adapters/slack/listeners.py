"""The one listener of both transports: a global middleware of bolt that makes durable what it hears before the ack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.wire import Wire, quiet

Take = Callable[[dict[str, object]], Awaitable[None]]
"""Returns once what a payload tells is durable, or none of ours; raises when it could not be made durable."""


class Listener(AsyncMiddleware):
    """Takes every request that bolt lets through. Where it raises, bolt does not ack, and Slack sends it again."""

    def __init__(self, take: Take) -> None:
        """Hand payloads over there."""
        self._take = take

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - bolt's name
    ) -> BoltResponse:
        """Take it, and answer with an empty ack."""
        await self._take(req.body)
        return BoltResponse(status=200, body="")


def bolt_app(wire: Wire, authorize: AsyncAuthorize, take: Take) -> AsyncApp:
    """The app, constructed without a look at the environment. Signatures are checked before it, in `http`."""
    app = AsyncApp(
        name="talkpro",
        logger=quiet(),
        client=wire.client(),
        authorize=authorize,  # type: ignore[arg-type] # it takes this class too, and calls it the same way
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.use(Listener(take))
    return app
