"""The way to Salesforce: the only module that imports simple_salesforce, and the only one that sends anything.

Of the vendor library only `SalesforceLogin` and `Salesforce` with a ready session id are used: in that mode the
library neither logs in again by itself (it does so without end in places) nor retries, so both are done here.
What goes in and comes out is plain JSON, checked as far as its envelope; what it means is not known here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.login import SalesforceLogin

from kam_sync.errors import AuthError, ConfigError, ConnectorError, KamSyncError, MalformedAnswerError, TransientError
from kam_sync.ports import ApiUsage
from kam_sync.retrying import call_with_retries
from kam_sync_salesforce._envelopes import Row, batch_results_of, count_of, page_of, results_of
from kam_sync_salesforce._faults import (
    LocatorExpiredError,
    NoAnswerError,
    fault,
    login_fault,
    malformed,
    setup_fault,
)
from kam_sync_salesforce._meter import Meter
from kam_sync_salesforce._queries import Query, chunks, path
from kam_sync_salesforce._session import LOOPBACK, SalesforceSession, user_id_of
from kam_sync_salesforce.settings import AccessToken, ClientCredentials, Jwt, SalesforceSettings

LONGEST_QUERY: Final = 12_000
"""Characters of an encoded query; Salesforce takes 16,384 bytes of URI and headers, and the token is one of these."""
RESTARTS: Final = 3
"""How often a query is asked anew without a single new row before the run gives up."""

_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?")

Refusal = Callable[[int, object, str], KamSyncError]
"""What an unsuccessful answer stands for: status, content and short name of the call go in."""


class SalesforceClient:
    """Logs in, sends, retries, pages, and turns every vendor exception into an error of kam-sync.

    Args:
        settings: Of the org.
        sleep: Waits so many seconds.
    """

    def __init__(self, settings: SalesforceSettings, *, sleep: Callable[[float], None]) -> None:
        self._settings = settings
        self._sleep = sleep
        self._meter = Meter(settings.limits)
        self._session = SalesforceSession(
            self._meter, allow_loopback_http=settings.allow_loopback_http, login_url=settings.login_url
        )
        self._api: Salesforce | None = None

    @property
    def web_url(self) -> str:
        """Where people open records: `https://acme.my.salesforce.com`; logs in if that has not happened."""
        host = self._connected().sf_instance
        local = self._settings.allow_loopback_http and host.partition(":")[0] == LOOPBACK
        return f"http://{host}" if local else f"https://{host}"

    def user_id(self) -> str | None:
        """Return the id of the user we are logged in as, or None where Salesforce does not tell."""
        self._connected()
        if self._session.user_id is None:
            answer = self.get("", "identity")
            self._session.user_id = user_id_of(answer.get("identity")) if isinstance(answer, Mapping) else None
        return self._session.user_id

    def usage(self) -> ApiUsage:
        """Return the API usage so far."""
        return self._meter.usage()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, call: str) -> object:
        """Return the parsed answer to a GET of a path below `/services/data/vXX.X/`; None when it is empty.

        Args:
            path: Without a query string.
            call: Short name of the call for counts and messages.
        """
        return self._read(call, lambda api: api.restful(path))

    def batch(self, paths: Sequence[str], call: str) -> list[object]:
        """Return the answers to several GETs sent as one composite batch (Salesforce: at most 25).

        Raises:
            MalformedAnswerError: The answer is not one result for each path.
            KamSyncError: One of the subrequests failed; the error is the one it would have raised by itself.
        """
        version = self._settings.api_version
        body = {"batchRequests": [{"method": "GET", "url": f"v{version}/{path}"} for path in paths]}

        def send(api: Salesforce) -> object:
            return batch_results_of(api.restful("composite/batch", method="POST", json=body), len(paths), call)

        results = self._read(call, send)
        return results if isinstance(results, list) else []

    def versions(self) -> list[str]:
        """Return the API versions that the org serves, oldest first, such as `66.0`."""

        def send(api: Salesforce) -> object:
            response = self._session.get(f"https://{api.sf_instance}/services/data/")
            if response.status_code != 200:
                raise fault(response.status_code, response.text, "versions")
            return response.json()

        answer = self._read("versions", send)
        entries = answer if isinstance(answer, list) else []
        found = [entry.get("version") for entry in entries if isinstance(entry, Mapping)]
        served = [version for version in found if isinstance(version, str)]
        if not served:
            raise malformed("versions", "without a list of versions")
        return served

    def count(self, sobject: str) -> int:
        """Return how many rows of an object there are that we may see."""
        call = f"count {sobject}"
        return count_of(self._read(call, lambda api: api.query(f"SELECT COUNT() FROM {path(sobject)}")), call)  # noqa: S608 - checked

    def counts(self, conditions: Sequence[tuple[str, str]], call: str) -> list[int]:
        """Return how many rows of each object meet a condition, as (object, condition); at most 25 in one batch."""
        paths = [
            f"query?q={quote_plus(f'SELECT COUNT() FROM {path(sobject)} WHERE {condition}')}"  # noqa: S608 - of checked names
            for sobject, condition in conditions
        ]
        return [count_of(body, call) for batch in chunks(paths, 25) for body in self.batch(batch, call)]

    def metadata(self, soql: str, call: str) -> list[Row]:
        """Return the rows of a query of the Tooling API; they must fit into one page.

        Raises:
            PermissionDeniedError: The user may not look at the org's setup.
        """

        def send(api: Salesforce) -> object:
            return api.restful("tooling/query", params={"q": soql})

        answer = self._read(call, send, setup_fault)
        records = answer.get("records") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or answer.get("done") is not True or not isinstance(records, list):
            raise malformed(call, "with something other than one page of records")
        return [record for record in records if isinstance(record, Mapping)]

    def change(self, method: str, path: str, body: Mapping[str, object] | None, call: str) -> object:
        """Make, change or delete something of the org's setup, and return the parsed answer; None when it is empty.

        It is sent again when no answer came, so the caller must take "it is there already" (or gone) for success.

        Args:
            method: POST, PATCH or DELETE.
            path: Below `/services/data/vXX.X/`.
            body: What is sent; None sends nothing.
            call: Short name of the call for counts and messages.

        Raises:
            PermissionDeniedError: The user may not change the org's setup.
            RefusedChangeError: Salesforce says no for another reason.
        """

        def send(api: Salesforce) -> object:
            return api.restful(path, method=method, json=body)

        return self._read(call, send, setup_fault)

    def rows(self, query: Query) -> Iterator[list[Row]]:
        """Yield all rows of a query, a page at a time, each row once; empty pages are left out.

        A cursor that Salesforce has dropped is replaced by a new query for the rows beyond the last one seen.

        Raises:
            MalformedAnswerError: A page is not what a page must be; nothing after it is known.
        """
        last: str | None = None
        restarts = 0
        while True:
            try:
                for page in self._pages(query.soql(last), query):
                    if page:
                        yield page
                        last, restarts = str(page[-1]["Id"]), 0
            except LocatorExpiredError:
                restarts += 1
                if restarts > RESTARTS:
                    raise
            else:
                return

    def write(
        self, method: str, path: str, records: Sequence[Row], call: str, *, unanswered_attempts: int
    ) -> Sequence[Row]:
        """Send records to a collections resource and return one result for each, in the same order.

        Args:
            method: POST or PATCH.
            path: Below `/services/data/vXX.X/`.
            records: At most 200 (Salesforce's limit).
            call: Short name of the call for counts and messages.
            unanswered_attempts: How often to send in all while no answer comes. 1 for anything that must not
                happen twice.

        Raises:
            NoAnswerError: It may or may not have happened.
            KamSyncError: Anything else: it did not happen.
        """
        body = {"allOrNone": False, "records": list(records)}
        unanswered = 0

        def send(api: Salesforce) -> object:
            return results_of(api.restful(path, method=method, json=body), len(records), call)

        def attempt(api: Salesforce) -> object:
            nonlocal unanswered
            try:
                return self._send(api, call, send, write=True)
            except NoAnswerError as error:
                unanswered += 1
                if unanswered >= unanswered_attempts:
                    raise
                raise TransientError(str(error)) from None

        try:
            results = self._repeat(attempt)
        except NoAnswerError:
            raise
        except KamSyncError as error:
            if unanswered:  # an earlier attempt may have been carried out, whatever the last one was told
                raise NoAnswerError(str(error)) from None
            raise
        return results if isinstance(results, list) else []

    # --- below: how one call is made ---

    def _read(self, call: str, send: Callable[[Salesforce], object], refusal: Refusal = fault) -> object:
        return self._repeat(lambda api: self._send(api, call, send, refusal=refusal))

    def _repeat(self, attempt: Callable[[Salesforce], object]) -> object:
        """Make an attempt, again while it says it is retryable, and once more after a new login on a 401."""
        self._connected()
        renewed = False

        def once() -> object:
            nonlocal renewed
            try:
                return attempt(self._api or self._login())
            except AuthError:
                if renewed or self._api is None or isinstance(self._settings.auth, AccessToken):
                    raise
            renewed = True
            self._api = None
            return attempt(self._login())

        return call_with_retries(once, sleep=self._sleep)

    def _send(
        self,
        api: Salesforce,
        call: str,
        send: Callable[[Salesforce], object],
        *,
        write: bool = False,
        refusal: Refusal = fault,
    ) -> object:
        problem: KamSyncError
        unanswered = True
        self._meter.label = call
        try:
            return send(api)
        except SalesforceError as error:
            problem = refusal(error.status, error.content, call)
            unanswered = error.status >= 500
        except MalformedAnswerError as error:
            problem = error
        except (requests.exceptions.InvalidJSONError, TypeError):
            # TypeError: the library takes the length of whatever JSON came, even of a number.
            problem = malformed(call, "with something other than documented JSON")
        except requests.exceptions.SSLError:
            problem = ConnectorError(f'no trusted connection for "{call}": check certificates, proxies and the host')
        except requests.RequestException as error:
            problem = TransientError(f'no answer to "{call}" ({type(error).__name__}): check the network and run again')
        if write and unanswered:
            problem = NoAnswerError(str(problem))
        raise problem from None

    def _pages(self, soql: str, query: Query) -> Iterator[list[Row]]:
        if len(quote_plus(soql)) > LONGEST_QUERY:
            raise ConfigError(f"the query of {query.sobject} is too long for Salesforce; use fewer values in scope")
        call = f"query {query.sobject}"
        next_page: str | None = None
        first = True
        while first or next_page:
            page = self._read(call, _asks(soql, query.include_deleted, next_page))
            records, following = page_of(page, call, single=first)
            if following is not None and following == next_page:
                raise malformed(call, "with the same page over and over")
            first, next_page = False, following
            yield records

    # --- below: logging in ---

    def _connected(self) -> Salesforce:
        return self._api or call_with_retries(self._login, sleep=self._sleep)

    def _login(self) -> Salesforce:
        auth = self._settings.auth
        if isinstance(auth, AccessToken):
            token, instance_url = auth.access_token.get_secret_value(), auth.instance_url
        else:
            token, host = self._fetch_token(_login_arguments(auth))
            instance_url = f"https://{host}"
        self._api = Salesforce(
            session_id=token,
            instance_url=instance_url,
            version=self._settings.api_version,
            session=self._session,
            object_pairs_hook=dict,
        )
        return self._api

    def _fetch_token(self, arguments: dict[str, Any]) -> tuple[str, str]:
        problem: KamSyncError
        self._meter.label = "login"
        self._session.last_status = 0
        try:
            with warnings.catch_warnings():
                # The library warns about unapproved apps with a URL that holds the consumer key.
                warnings.simplefilter("ignore")
                token, host = SalesforceLogin(session=self._session, **arguments)
        except KamSyncError:
            raise
        except SalesforceAuthenticationFailed as error:
            problem = login_fault(self._session.last_status, error.code, "login")
        except requests.exceptions.SSLError:
            problem = ConnectorError('no trusted connection for "login": check certificates, proxies and auth.domain')
        except requests.RequestException as error:
            problem = TransientError(f'no answer to "login" ({type(error).__name__}): check network and auth.domain')
        except Exception:  # noqa: BLE001 - whatever the library's JSON and key handling raises may hold the key
            if self._session.last_status:
                problem = login_fault(self._session.last_status, None, "login")
            else:
                problem = ConfigError("auth.private_key is not an unencrypted RSA private key in PEM form")
        else:
            token, host = str(token or ""), host.strip("/")
            if token and _HOST.fullmatch(host):
                return token, host
            problem = login_fault(self._session.last_status, None, "login")
        raise problem from None


def _asks(soql: str, include_deleted: bool, next_page: str | None) -> Callable[[Salesforce], object]:
    if next_page is None:
        return lambda api: api.query(soql, include_deleted=include_deleted)
    return lambda api: api.query_more(next_page, identifier_is_url=True)


def _login_arguments(auth: ClientCredentials | Jwt) -> dict[str, str]:
    if isinstance(auth, ClientCredentials):
        return {
            "consumer_key": auth.consumer_key.get_secret_value(),
            "consumer_secret": auth.consumer_secret.get_secret_value(),
            "domain": auth.domain,
        }
    arguments = {
        "username": auth.username.get_secret_value(),
        "consumer_key": auth.consumer_key.get_secret_value(),
        "privatekey": _private_key(auth),
        "domain": auth.domain,
    }
    if auth.instance_url is not None:
        # For JWT the library wants what stands before ".salesforce.com" here, not a URL.
        arguments["instance_url"] = (urlsplit(auth.instance_url).hostname or "").removesuffix(".salesforce.com")
    return arguments


def _private_key(auth: Jwt) -> str:
    if auth.private_key is not None:
        return auth.private_key.get_secret_value()
    if auth.private_key_file is None:
        raise ConfigError("auth needs private_key or private_key_file")
    try:
        return auth.private_key_file.read_text()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"auth.private_key_file {auth.private_key_file} cannot be read as text") from None
