"""The configuration of a controller: each task takes what its module takes, and what refers to something refers to what is there.

Nothing of it is run in a controller. The playbook is played with modules that have the argument specs of awx.awx and write down what they are asked.
"""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import DEFAULT_BASE_URL, ENVIRONMENT, connection_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import SEVERITIES
from controlling import FACTS, ROOT, Asked, Item, asked_of, stand_in, variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from playing import Played, Player

# Which module makes the items of which variable.
VARIABLES = {
    "credential_type": "controller_credential_types",
    "credential": "controller_credentials",
    "execution_environment": "controller_execution_environments",
    "notification_template": "controller_notifications",
    "project": "controller_projects",
    "inventory": "controller_inventories",
    "host": "controller_hosts",
    "job_template": "controller_templates",
    "workflow_job_template": "controller_workflows",
    "schedule": "controller_schedules",
}
SECRETS = ("canary-of-the-reading-token", "canary-of-the-writing-token", "canary-of-the-mail-server")
MINE = {
    "mailops_organization": "Mail",
    "mailops_project_url": "https://git.example.com/email-security.git",
    "mailops_image": "registry.example.com/email-security:1",
    "mailops_account_id": "0123456789abcdef0123456789abcdef",
    "mailops_read_token": SECRETS[0],
    "mailops_write_token": SECRETS[1],
    "mailops_notification_configuration": {"host": "smtp.example.com", "recipients": ["postmaster@example.com"], "password": SECRETS[2]},
    "mailops_report_directory": "/reports",
}
# May stay empty.
OPTIONAL = {"mailops_project_credential", "mailops_base_url", "mailops_report_directory"}
# The guide says the first half of the name once.
SHORTENED = {"Cloudflare Email Security, write", "Cloudflare Email Security apply"}
OPEN = "Cloudflare Email Security, mail stops: open"
# What a controller hides of a job's environment, by the names of variables; and the variables that a credential may not set.
HIDDEN = re.compile("API|TOKEN|KEY|SECRET|PASS", re.IGNORECASE)
BLOCKED = re.compile("ANSIBLE_.*|AWX_HOST|PATH|PYTHONPATH|VIRTUAL_ENV|JOB_ID|INVENTORY_.*|REST_API_.*|CACHE|CALLBACK_.*|PROJECT_REVISION")
TEXT, WORD = {"type": "string"}, {"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}
# What a controller takes as the inputs of a credential type.
INPUTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "required": {"type": "array", "items": TEXT},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "label"],
                "properties": {
                    "id": WORD,
                    "label": TEXT,
                    "help_text": TEXT,
                    "type": {"enum": ["string", "boolean"]},
                    "format": {"enum": ["ssh_private_key", "url"]},
                    "choices": {"type": "array", "minItems": 1, "items": TEXT},
                    "default": {},
                    **{name: {"type": "boolean"} for name in ("secret", "multiline", "ask_at_runtime")},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def played(player: Player, tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Asked]:
    return configure(player, tmp_path_factory, MINE)


@pytest.fixture(scope="module")
def asked(played: tuple[Played, Asked]) -> Asked:
    done, asked = played
    assert done.code == 0, done.output
    return asked


def configure(player: Player, folders: pytest.TempPathFactory, mine: Item) -> tuple[Played, Asked]:
    folder = folders.mktemp("controller")
    (folder / "mine.json").write_text(json.dumps(mine), encoding="utf-8")
    (folder / "asked").touch()
    environment = {"ANSIBLE_COLLECTIONS_PATH": f"{stand_in(folder / 'stand-in')}:{player.collections_path}", "ASKED": str(folder / "asked")}
    done = player.playbook(folder, "mailops.cloudflare.configure_controller", "-e", "@mine.json", "-vv", environment=environment)
    return done, asked_of(folder / "asked")


def names(asked: Asked, module: str) -> set[str]:
    return {item["name"] for item in asked[module]}


def questions(item: Item) -> dict[str, Item]:
    return {question["variable"]: question for question in item["survey_spec"]["spec"]}


def template(asked: Asked, ending: str) -> Item:
    return next(item for item in asked["job_template"] if item["name"].endswith(ending))


def test_each_item_is_made_with_all_that_is_written_of_it(asked: Asked) -> None:
    [play] = yaml.safe_load((ROOT / "playbooks/configure_controller.yml").read_text(encoding="utf-8"))
    tasks = {name.removeprefix("awx.awx."): (options, task["loop"]) for task in play["tasks"] for name, options in task.items() if name.startswith("awx.awx.")}
    written = variables()
    assert {name: loop for name, (_options, loop) in tasks.items()} == {name: f"{{{{ {variable} }}}}" for name, variable in VARIABLES.items()}
    assert set(VARIABLES.values()) == {name for name in written if name.startswith("controller_")}
    for module, name in VARIABLES.items():
        handed_on = {option: re.findall(r"^{{ item[.](\w+) ", value) for option, value in tasks[module][0].items()}
        assert handed_on == {key: [key] for item in written[name] for key in item}
        assert len(asked[module]) == len(written[name])


def test_no_credential_is_shown(played: tuple[Played, Asked]) -> None:
    done, asked = played
    assert [item["inputs"]["api_token"] for item in asked["credential"]] == list(SECRETS[:2])
    assert not [secret for secret in SECRETS if secret in done.output]


def test_what_only_the_user_knows_is_asked_for(player: Player, tmp_path_factory: pytest.TempPathFactory) -> None:
    refused, asked = configure(player, tmp_path_factory, {"mailops_image": "registry.example.com/email-security:1"})
    assert (refused.code, asked) == (2, {})
    assert "Not set: mailops_project_url, mailops_account_id, mailops_read_token, mailops_write_token, mailops_notification_configuration." in refused.output


def test_the_roles_of_aap_configuration_know_every_key() -> None:
    for name, items in variables().items():
        if name.startswith("controller_"):
            assert {key for item in items for key in item} <= set(FACTS["aap_configuration"][name])


def test_all_that_is_referred_to_is_there(asked: Asked) -> None:
    notified = [key for key in FACTS["modules"]["workflow_job_template"] if key.startswith("notification_templates_")]
    for item in (*asked["job_template"], *asked["workflow_job_template"]):
        assert {name for key in notified for name in item.get(key, ())} <= names(asked, "notification_template")
    for item in asked["job_template"]:
        assert set(item["credentials"]) <= names(asked, "credential")
        for module in ("inventory", "project", "execution_environment"):
            assert item[module] in names(asked, module)
    assert {item["credential_type"] for item in asked["credential"]} == names(asked, "credential_type")
    assert {item["inventory"] for item in asked["host"]} == names(asked, "inventory")
    assert {item["unified_job_template"] for item in asked["schedule"]} <= names(asked, "job_template")
    organizations = {item.get("organization", "Mail") for items in asked.values() for item in items}
    assert organizations == {"Mail"}


def test_the_audit_only_reads_and_only_the_apply_may_write(asked: Asked) -> None:
    audit, apply = template(asked, "audit"), template(asked, "apply")
    assert (audit["job_type"], audit["credentials"], audit["playbook"]) == ("check", ["Cloudflare Email Security, read"], "audit.yml")
    assert (apply["job_type"], apply["credentials"], apply["playbook"]) == ("run", ["Cloudflare Email Security, write"], "apply.yml")
    assert (audit["diff_mode"], apply["diff_mode"], audit["extra_vars"]) == (True, True, {"audit_directory": "/reports"})


def test_the_first_aid_asks_for_the_names_twice_and_takes_nothing_else(asked: Asked) -> None:
    found = template(asked, OPEN)
    assert (found["job_type"], found["credentials"], found["playbook"]) == ("run", ["Cloudflare Email Security, write"], "open.yml")
    [play] = yaml.safe_load((ROOT / "playbooks/open.yml").read_text(encoding="utf-8"))
    assert list(questions(found)) == [prompt["name"] for prompt in play["vars_prompt"]]
    # A controller gives no default of a required question to a job that nobody has answered.
    assert [(question["required"], question["min"], question["default"]) for question in questions(found).values()] == [(True, 1, "")] * 2
    assert (found["ask_variables_on_launch"], found["extra_vars"]) == (False, {})


def test_the_credential_type_is_one_that_a_controller_takes(asked: Asked) -> None:
    [made] = asked["credential_type"]
    jsonschema.validate(made["inputs"], INPUTS)
    fields = {field["id"]: field for field in made["inputs"]["fields"]}
    assert set(made["inputs"]["required"]) <= set(fields)
    assert [name for name, field in fields.items() if field.get("secret")] == ["api_token"]
    assert made["injectors"] == {"env": {ENVIRONMENT[name]: f"{{{{ {name} }}}}" for name in fields}}
    assert not [name for name in made["injectors"]["env"] if BLOCKED.fullmatch(name)]
    assert HIDDEN.search(ENVIRONMENT["api_token"])
    assert {key for item in asked["credential"] for key in item["inputs"]} == set(fields)


def test_a_base_url_that_is_not_given_counts_as_none(asked: Asked) -> None:
    # A controller leaves out what is empty, and renders each injector with the rest.
    given = {"account_id": "0123456789abcdef0123456789abcdef", "api_token": "a-token-of-nobody"}
    injectors = asked["credential_type"][0]["injectors"]["env"]
    environment = {name: ImmutableSandboxedEnvironment().from_string(text).render(**given) for name, text in injectors.items()}
    assert environment["CLOUDFLARE_BASE_URL"] == ""
    assert connection_from_options({}, environment).base_url == DEFAULT_BASE_URL


def test_the_host_takes_the_python_that_runs_ansible(asked: Asked) -> None:
    assert asked["host"][0]["variables"] == {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def test_the_guide_shows_the_same(asked: Asked) -> None:
    guide = (ROOT / "docs/awx.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"^```yml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)]
    [credential_type], [host] = asked["credential_type"], asked["host"]
    for shown in (credential_type["inputs"], credential_type["injectors"], host["variables"]):
        assert shown in blocks
    [mine] = [block for block in blocks if "mailops_image" in block]
    assert set(mine) | {"mailops_read_token", "mailops_write_token"} >= {name for name, value in variables().items() if value in ("", {})} - OPTIONAL
    assert set(mine) <= set(variables())
    assert not [name for name in {item["name"] for items in asked.values() for item in items} - SHORTENED if name not in guide]


def test_surveys_offer_what_the_playbooks_take(asked: Asked) -> None:
    role = yaml.safe_load((ROOT / "roles/audit/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    audit, apply = questions(template(asked, "audit")), questions(template(asked, "apply"))
    # One of those that need no thought. Others are for a variable of the inventory.
    assert set(SEVERITIES) < set(audit["audit_fail_on"]["choices"]) < set(role["audit_fail_on"]["choices"])
    assert [audit["audit_fail_on"]["default"]] == role["audit_fail_on"]["default"]
    assert apply["email_security_from"]["choices"] == ["all", *SEVERITIES]
    for item in (*asked["job_template"], *asked["workflow_job_template"]):
        for question in questions(item).values():
            assert {"question_name", "question_description", "variable", "type", "required"} <= set(question)
            # A controller refuses an answer that is empty, where there are choices.
            assert question["type"] == "text" or (question["required"] and question["default"] in question["choices"])


def test_the_nodes_of_the_workflow(asked: Asked) -> None:
    [workflow] = asked["workflow_job_template"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    validator = ArgumentSpecValidator(FACTS["workflow_nodes"])
    assert [validator.validate(node).error_messages for node in nodes.values()] == [[], [], []]
    edges = {(name, way[:-6], after["identifier"]) for name, node in nodes.items() for way, ends in node["related"].items() for after in ends}
    assert edges == {("audit", "success", "approve"), ("approve", "success", "apply")}
    kinds = {name: (node["unified_job_template"]["type"], node["unified_job_template"]["name"]) for name, node in nodes.items()}
    assert kinds["approve"][0] == "workflow_approval"
    assert {kinds[name] for name in ("audit", "apply")} == {("job_template", item["name"]) for item in asked["job_template"] if item["name"] != OPEN}
    assert nodes["approve"]["unified_job_template"]["timeout"] == 86400


def test_what_is_given_beforehand_is_asked_by_the_survey(asked: Asked) -> None:
    """Another variable would be refused, because the templates do not ask for variables."""
    surveys = {item["name"]: questions(item) for item in asked["job_template"]}
    assert not [item for item in (*asked["job_template"], *asked["workflow_job_template"]) if item["ask_variables_on_launch"]]
    [workflow] = asked["workflow_job_template"]
    given: list[tuple[str, Any]] = [(item["unified_job_template"], item["extra_data"]) for item in asked["schedule"]]
    given += [(node["unified_job_template"]["name"], node.get("extra_data", {})) for node in workflow["workflow_nodes"] if node["identifier"] != "approve"]
    for name, data in given:
        assert {variable: value for variable, value in data.items() if value not in surveys[name][variable]["choices"]} == {}
    assert [data for _name, data in given] == [{"audit_fail_on": "high"}, {"audit_fail_on": "never"}, {}]


def test_the_workflow_asks_for_nothing_that_the_audit_hands_on(asked: Asked) -> None:
    tasks = yaml.safe_load((ROOT / "roles/audit/tasks/main.yml").read_text())
    handed_on = {name for task in tasks for name in task.get("ansible.builtin.set_stats", {}).get("data", {})}
    assert "email_security_plan" in handed_on
    [workflow] = asked["workflow_job_template"]
    assert set(questions(workflow)) == {"email_security_only"}
    assert not handed_on & set(questions(workflow))
    assert "extra_vars" not in workflow
    assert set(questions(workflow)) <= set(questions(template(asked, "audit"))) & set(questions(template(asked, "apply")))


def test_the_schedule_is_a_rule_that_a_controller_takes(asked: Asked) -> None:
    [schedule] = asked["schedule"]
    assert re.fullmatch(r"DTSTART:[0-9]{8}T[0-9]{6}Z RRULE:FREQ=DAILY;INTERVAL=1", schedule["rrule"])
    assert schedule["enabled"] is True
