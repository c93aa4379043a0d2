"""Down every path of the keeper, for `tests.support.walks`."""

import uuid
from datetime import datetime, timedelta

from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.tokens import TokenStore
from larkbridge.token_pair import TokenPair
from larkbridge.vault.sealing import VaultKeys
from sandbox.faults import Fault
from sandbox.lark.contacts import PEOPLE
from tests.support.aws import SECRETS
from tests.support.observed import Stage

NEWEST, OLDER = (VaultKeys([key]) for key in SECRETS["TOKEN_VAULT_KEY"])


def walk_keeper(stage: Stage) -> None:
    """Let grants be renewed, end, die unused, be lost, be renewed in vain, be sealed anew, and be revoked."""
    clock, faults = stage.world.clock, stage.world.simulators.openapi.faults
    kept, ending, lost = (person.open_id for person in PEOPLE)
    _connect(stage, kept, OLDER, clock.now())
    _connect(stage, ending, NEWEST, clock.now() - timedelta(days=360))
    _connect(stage, lost, NEWEST, clock.now())
    clock.advance(days=5, hours=1)
    with stage.started():
        faults["accounts/token"].set(Fault("answer_lost", times=1))
        for _ in range(2):
            stage.invoke(stage.samples["tokens"])
        clock.advance(days=5, hours=1)
        faults["accounts/token"].set(Fault("down"))
        stage.invoke(stage.samples["tokens"])
        faults["accounts/token"].clear()
        TokenStore(stage.world.environ["TOKENS_TABLE"]).begin_disconnecting(
            Owner(LARK_USER, kept), clock.now(), clock.now()
        )
        clock.advance(minutes=1)
        for _ in range(8):
            stage.invoke(stage.samples["tokens"])
            clock.advance(days=5)
        stage.invoke(stage.samples["tokens"], seconds=1)


def _connect(stage: Stage, open_id: str, keys: VaultKeys, granted_at: datetime) -> None:
    clock, owner = stage.world.clock, Owner(LARK_USER, open_id)
    grants = stage.world.simulators.openapi.accounts.grants
    grants.agree(open_id, ["offline_access"])
    issued = grants.issue(open_id, ["offline_access"])
    pair = TokenPair(
        issued["access_token"],
        clock.now() + timedelta(hours=2),
        issued["refresh_token"],
        clock.now() + timedelta(days=7),
    )
    store = TokenStore(stage.world.environ["TOKENS_TABLE"])
    store.keep(owner, pair, keys.seal(owner, pair), granted_at, "", uuid.uuid4().hex)
    if stored := store.get(owner):
        store.note_use(stored, clock.now())
