"""Down the paths of files, for `tests.support.walks`."""

import json

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.targets.file_move import new_file_move
from larkbridge.targets.file_removal import new_file_removal
from tests.support.observed import Stage
from tests.support.table_walks import authorized
from tests.support.uploads import JPEG, PDF, link_at_lark, post_with, uploaded


def walk_uploads(stage: Stage) -> None:
    """Announce files after a first one until there are too many; post the form with one of them."""
    answers = [stage.invoke(stage.samples["file"]) for _ in range(3)]
    assert [one["statusCode"] for one in answers] == [200, 200, 429]
    stage.invoke(stage.samples["file_step"])
    happy = stage.samples["happy"]
    fields = json.loads(happy["body"]) | {"attachmentId": json.loads(answers[0]["body"])["attachmentId"]}
    stage.invoke(happy | {"body": json.dumps(fields)})


def leave_files(stage: Stage) -> None:
    """Leave work on files of every kind: a good one, a bad one, one that came late, one that must go.

    Before the function starts, whose process has the modules for itself.
    """
    world, now = stage.world, stage.world.clock.now()
    for content, late in ((PDF, False), (JPEG, False), (PDF, True)):
        key = f"{content[:4]}-{late}"
        file_id = uploaded(world, stage.s3, content, submissionKey=key)
        submission = world.stored(post_with(world, "later" if late else file_id, key))
        if late:
            link = f"https://api.example/files/{file_id}"
            world.deliveries.add(new_file_move(file_id, submission.id, now, link=link))
    for submission in world.submissions.listed([FormType.HOLD], [Status.SENT], None):
        if removal := new_file_removal(submission, int(now.timestamp()) - 120):
            world.submissions.change(submission, {"expires_at": int(now.timestamp()) - 60})
            world.deliveries.add(removal)


def walk_serve_files(stage: Stage) -> None:
    """Run every sample without a good key and with one, about no file and about one; open one by its link."""
    world, samples = stage.world, stage.samples
    key = world.api_key
    submission_id = post_with(world, uploaded(world, stage.s3))
    world.send_new()
    address, _, proof = link_at_lark(world, submission_id).partition("?c=")
    of_form = {"pathParameters": {"fileId": address.rpartition("/")[2]}}
    with stage.started():
        for event in samples.values():
            stage.invoke(event)
            stage.invoke(authorized(event, key))
        by_link = samples["open_by_link"] | of_form | {"queryStringParameters": {"c": proof}}
        assert stage.invoke(by_link)["statusCode"] == 302
        for name in ("open", "get", "revoke", "remove"):
            stage.invoke(authorized(samples[name], key) | of_form)
        stage.s3.down = True
        assert stage.invoke(authorized(samples["upload"], key))["statusCode"] == 500
