"""The configuration of a controller: each item has the options that its module accepts, and refers only to items that exist.

No controller is needed: the playbook runs with stubs that have the argument specs of awx.awx and write down their options.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import DEFAULT_BASE_URL
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.rule import SEVERITIES
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import ENVIRONMENT, connection_from_options
from integration.support.awx_modules import (
    CONTROLLER_FACTS,
    NEW_CONTROLLER,
    ROOT,
    Item,
    ModuleCalls,
    controller_variables,
    read_module_calls,
    write_stub_modules,
)
from integration.support.run_playbook import CommandResult, PlaybookRunner
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

# The variable with the items of each module.
VARIABLE_OF_MODULE = {
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
    "role": "controller_roles",
}
SECRETS = ("canary-of-the-reading-token", "canary-of-the-writing-token", "canary-of-the-mail-server")
USER_VARIABLES = {
    "mailops_organization": "Mail",
    "mailops_project_url": "https://git.example.com/email-security.git",
    "mailops_image": "registry.example.com/email-security:1",
    "mailops_account_id": "0123456789abcdef0123456789abcdef",
    "mailops_read_token": SECRETS[0],
    "mailops_write_token": SECRETS[1],
    "mailops_notification_configuration": {"host": "smtp.example.com", "recipients": ["postmaster@example.com"], "password": SECRETS[2]},
    "mailops_report_directory": "/reports",
    "mailops_approver_teams": ["Mail approvers"],
}
# These may be empty.
OPTIONAL_VARIABLES = {"mailops_project_credential", "mailops_base_url", "mailops_report_directory"}
# The guide writes the common first half of these names only once.
NAMES_SHORTENED_IN_GUIDE = {"Cloudflare Email Security, write", "Cloudflare Email Security apply"}
READ_CREDENTIAL, WRITE_CREDENTIAL = (f"Cloudflare Email Security, {kind}++Cloudflare Email Security+cloud++Mail" for kind in ("read", "write"))
OPEN_TEMPLATE = "Cloudflare Email Security, mail stops: open"
BLOCK_TEMPLATE, ALLOW_TEMPLATE, EXPIRY_TEMPLATE = (
    f"Cloudflare Email Security, {ending}" for ending in ("block a sender", "allow for a time", "remove expired exemptions")
)
# What the audit passes on with set_stats.
ARTIFACTS = {
    "email_security_audit": {
        "status": "findings",
        "summary": {"critical": 1, "high": 2, "medium": 0, "low": 3, "waived": 0, "declared": 4, "as_declared": 3},
        "comparison": {"new": 2, "still": 4, "gone": 1},
        "lines": [
            "3 of 4 declared domains are as declared.",
            *(f"{name}: 1 live, 1 undeclared." for name in ("Allow policies", "Trusted domains", "URL ignore patterns", "Blocked senders", "Content policies")),
            "Findings: 1 critical, 2 high, 0 medium, 3 low, 0 waived.",
            "critical | partners.example.net accepts mail from anywhere. | ES-IP-001",
            *(f"low | finding {number} | ES-ALLOW-109" for number in range(2, 8)),
            "Reports in reports: audit.json",
        ],
        "message": "",
    }
}
# Environment variables whose values a controller hides, and those that a credential may not set.
HIDDEN_VARIABLES = re.compile("API|TOKEN|KEY|SECRET|PASS", re.IGNORECASE)
BLOCKED_VARIABLES = re.compile("ANSIBLE_.*|AWX_HOST|PATH|PYTHONPATH|VIRTUAL_ENV|JOB_ID|INVENTORY_.*|REST_API_.*|CACHE|CALLBACK_.*|PROJECT_REVISION")
TEXT, WORD = {"type": "string"}, {"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}
# JSON schema of the inputs that a controller accepts in a credential type.
INPUTS_SCHEMA = {
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
def configured(playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandResult, ModuleCalls]:
    return configure(playbook_runner, tmp_path_factory, USER_VARIABLES)


@pytest.fixture(scope="module")
def calls(configured: tuple[CommandResult, ModuleCalls]) -> ModuleCalls:
    done, calls = configured
    assert done.code == 0, done.output
    return calls


def configure(
    playbook_runner: PlaybookRunner, folders: pytest.TempPathFactory, mine: Item, *arguments: str, existing: Item | None = None, **environment: str
) -> tuple[CommandResult, ModuleCalls]:
    folder = folders.mktemp("controller")
    (folder / "mine.json").write_text(json.dumps(mine), encoding="utf-8")
    (folder / "calls").touch()
    collections_path = f"{write_stub_modules(folder / 'stubs')}:{playbook_runner.collections_path}"
    environment |= {
        "ANSIBLE_COLLECTIONS_PATH": collections_path,
        "MODULE_CALLS": str(folder / "calls"),
        "CONTROLLER_OBJECTS": json.dumps({**NEW_CONTROLLER, **(existing or {})}),
    }
    done = playbook_runner.run_playbook(folder, "mailops.cloudflare.configure_controller", "-e", "@mine.json", "-vv", *arguments, environment=environment)
    return done, read_module_calls(folder / "calls")


def names(calls: ModuleCalls, module: str) -> set[str]:
    return {item["name"] for item in calls[module]}


def named_urls(calls: ModuleCalls, module: str, between: str = "++") -> set[str]:
    """How another item refers to these: by name and organization."""
    return {f"{name}{between}Mail" for name in names(calls, module)}


def questions(item: Item) -> dict[str, Item]:
    return {question["variable"]: question for question in item["survey_spec"].get("spec", [])}


def template(calls: ModuleCalls, ending: str) -> Item:
    return next(item for item in calls["job_template"] if item["name"].endswith(ending))


def test_playbook_passes_every_option_of_every_item(calls: ModuleCalls) -> None:
    [play] = yaml.safe_load((ROOT / "playbooks/configure_controller.yml").read_text(encoding="utf-8"))
    tasks = {name.removeprefix("awx.awx."): (options, task["loop"]) for task in play["tasks"] for name, options in task.items() if name.startswith("awx.awx.")}
    written = controller_variables()
    assert {name: loop for name, (_options, loop) in tasks.items()} == {name: f"{{{{ {variable} }}}}" for name, variable in VARIABLE_OF_MODULE.items()}
    assert set(VARIABLE_OF_MODULE.values()) == {name for name in written if name.startswith("controller_")}
    for module, name in VARIABLE_OF_MODULE.items():
        handed_on = {option: re.findall(r"^{{ item[.](\w+) ", value) for option, value in tasks[module][0].items()}
        assert handed_on == {key: [key] for item in written[name] for key in item}
        assert len(calls[module]) == len(written[name])


@pytest.mark.nightly
def test_two_configurations_share_only_the_credential_type(
    calls: ModuleCalls, playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The text that begins all names may have a plus sign, which a controller writes differently in a reference."""
    done, others = configure(playbook_runner, tmp_path_factory, {**USER_VARIABLES, "mailops_name": "Mail+ of A"})
    assert done.code == 0, done.output
    own, theirs = ({(module, item.get("name")) for module, items in found.items() for item in items} for found in (calls, others))
    assert own & theirs == {("credential_type", "Cloudflare Email Security"), ("host", "localhost"), ("role", None)}
    assert others["host"][0]["inventory"] == "Mail[+] of A++Mail"
    assert template(others, "audit")["credentials"] == ["Mail[+] of A, read++Cloudflare Email Security+cloud++Mail"]
    assert others["workflow_job_template"][0]["workflow_nodes"][1]["unified_job_template"]["name"] == "Apply the plan of the audit, Mail+ of A"


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        pytest.param({"organizations": []}, "The controller has no organization Mail that you may see.", marks=pytest.mark.nightly),
        ({"execution_environments": [{"organization": 2}]}, "that does not belong to the organization Mail, and this name can exist only once."),
        pytest.param({"me": [{"is_superuser": False}]}, "and only a system administrator may create it.", marks=pytest.mark.nightly),
    ],
)
def test_nothing_is_created_if_the_controller_does_not_allow_it(
    playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory, existing: Item, expected: str
) -> None:
    refused, calls = configure(playbook_runner, tmp_path_factory, USER_VARIABLES, existing=existing)
    assert (refused.code, calls) == (2, {})
    assert expected in refused.output


def test_check_mode_lists_what_does_not_exist(playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory) -> None:
    existing = {"credential_types": [{"name": "Cloudflare Email Security"}], "inventories": [{"name": "Cloudflare Email Security"}]}
    done, calls = configure(playbook_runner, tmp_path_factory, USER_VARIABLES, "--check", existing=existing)
    assert (done.code, calls) == (0, {}), done.output
    assert "These objects do not exist yet." in done.output
    assert '"job templates: Cloudflare Email Security audit"' in done.output
    assert '"inventories: ' not in done.output
    assert '"credential types: ' not in done.output


@pytest.mark.nightly
def test_removed_credential_is_taken_off_the_project(playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory) -> None:
    requests = []

    class Controller(BaseHTTPRequestHandler):
        def do_PATCH(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Controller) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done, calls = configure(
            playbook_runner,
            tmp_path_factory,
            USER_VARIABLES,
            existing={"projects": [{"name": "Cloudflare Email Security", "url": "/api/v2/projects/7/", "credential": 5}]},
            CONTROLLER_HOST=f"http://127.0.0.1:{server.server_port}/",
            CONTROLLER_OAUTH_TOKEN=SECRETS[0],
        )
        server.shutdown()
    assert done.code == 0, done.output
    assert requests == [("/api/v2/projects/7/", f"Bearer {SECRETS[0]}", {"credential": None})]
    assert SECRETS[0] not in done.output
    assert "credential" not in calls["project"][0]


def test_output_has_no_credential(configured: tuple[CommandResult, ModuleCalls]) -> None:
    done, calls = configured
    assert [item["inputs"]["api_token"] for item in calls["credential"]] == list(SECRETS[:2])
    assert not [secret for secret in SECRETS if secret in done.output]


def test_missing_user_variables_are_named_before_any_call(playbook_runner: PlaybookRunner, tmp_path_factory: pytest.TempPathFactory) -> None:
    refused, calls = configure(playbook_runner, tmp_path_factory, {"mailops_image": "registry.example.com/email-security:1"})
    assert (refused.code, calls) == (2, {})
    assert "Not set: mailops_project_url, mailops_account_id, mailops_read_token, mailops_write_token, mailops_notification_configuration." in refused.output


def test_items_have_only_keys_of_infra_aap_configuration() -> None:
    for name, items in controller_variables().items():
        if name.startswith("controller_"):
            assert {key for item in items for key in item} <= set(CONTROLLER_FACTS["aap_configuration"][name])


def test_items_refer_only_to_existing_items(calls: ModuleCalls) -> None:
    notified = [key for key in CONTROLLER_FACTS["modules"]["workflow_job_template"] if key.startswith("notification_templates_")]
    for item in (*calls["job_template"], *calls["workflow_job_template"]):
        assert {name for key in notified for name in item.get(key, ())} <= named_urls(calls, "notification_template")
    for item in calls["job_template"]:
        assert set(item["credentials"]) <= named_urls(calls, "credential", "++Cloudflare Email Security+cloud++")
        assert item["inventory"] in named_urls(calls, "inventory")
        # The module looks for the project in the organization, and names of execution environments are unique.
        for module in ("project", "execution_environment"):
            assert item[module] in names(calls, module)
    assert {item["credential_type"] for item in calls["credential"]} == names(calls, "credential_type")
    assert {item["inventory"] for item in calls["host"]} == named_urls(calls, "inventory")
    assert {item["unified_job_template"] for item in calls["schedule"]} <= names(calls, "job_template")
    assert {name for item in calls["role"] for name in item.get("workflows", ())} == names(calls, "workflow_job_template")
    assert {name for item in calls["role"] for name in item.get("job_templates", ())} < names(calls, "job_template")
    organizations = {item.get("organization", item.get("lookup_organization", "Mail")) for items in calls.values() for item in items}
    assert organizations == {"Mail"}


def test_audit_template_has_the_read_credential_and_apply_the_write_credential(calls: ModuleCalls) -> None:
    audit, apply = template(calls, "audit"), template(calls, "apply")
    assert (audit["job_type"], audit["credentials"], audit["playbook"]) == ("check", [READ_CREDENTIAL], "audit.yml")
    assert (apply["job_type"], apply["credentials"], apply["playbook"]) == ("run", [WRITE_CREDENTIAL], "apply.yml")
    assert (audit["diff_mode"], apply["diff_mode"], audit["extra_vars"]) == (True, True, {"audit_directory": "/reports"})


def test_open_template_asks_for_the_names_twice_and_nothing_else(calls: ModuleCalls) -> None:
    found = template(calls, OPEN_TEMPLATE)
    assert (found["job_type"], found["credentials"], found["playbook"]) == ("run", [WRITE_CREDENTIAL], "open.yml")
    [play] = yaml.safe_load((ROOT / "playbooks/open.yml").read_text(encoding="utf-8"))
    assert list(questions(found)) == [prompt["name"] for prompt in play["vars_prompt"]]
    # For an unanswered required question, a controller does not pass the default.
    assert [(question["required"], question["min"], question["default"]) for question in questions(found).values()] == [(True, 1, "")] * 2
    assert (found["ask_variables_on_launch"], found["extra_vars"]) == (False, {})


@pytest.mark.parametrize(
    ("name", "playbook", "variables"),
    [
        (BLOCK_TEMPLATE, "block_sender", ["email_security_sender", "email_security_comment"]),
        (ALLOW_TEMPLATE, "allow_sender", ["email_security_sender", "email_security_comment", "email_security_last_day"]),
        (EXPIRY_TEMPLATE, "remove_expired", []),
    ],
)
def test_templates_for_one_sender_ask_for_what_their_playbook_reads(calls: ModuleCalls, name: str, playbook: str, variables: list[str]) -> None:
    found = template(calls, name)
    assert (found["job_type"], found["credentials"], found["playbook"]) == ("run", [WRITE_CREDENTIAL], f"{playbook}.yml")
    assert list(questions(found)) == variables
    assert found["survey_enabled"] is bool(variables)
    texts = "".join((ROOT / f"playbooks/{path}.yml").read_text(encoding="utf-8") for path in (playbook, "vars/answers", "tasks/sender"))
    assert [variable for variable in variables if variable not in texts] == []
    # Whoever may launch the job cannot set these.
    limits = {"email_security_allow_max_days": 30} if name == ALLOW_TEMPLATE else {}
    assert {key: int(value) for key, value in found["extra_vars"].items()} == limits
    assert found["ask_variables_on_launch"] is False


def test_schedule_ends_the_exemptions_of_the_template(calls: ModuleCalls) -> None:
    assert [(item["unified_job_template"], item["enabled"]) for item in calls["schedule"]] == [
        ("Cloudflare Email Security audit", True),
        (EXPIRY_TEMPLATE, True),
    ]


def test_credential_type_is_valid_for_a_controller(calls: ModuleCalls) -> None:
    [made] = calls["credential_type"]
    jsonschema.validate(made["inputs"], INPUTS_SCHEMA)
    fields = {field["id"]: field for field in made["inputs"]["fields"]}
    assert set(made["inputs"]["required"]) <= set(fields)
    assert [name for name, field in fields.items() if field.get("secret")] == ["api_token"]
    assert made["injectors"] == {"env": {ENVIRONMENT[name]: f"{{{{ {name} }}}}" for name in fields}}
    assert not [name for name in made["injectors"]["env"] if BLOCKED_VARIABLES.fullmatch(name)]
    assert HIDDEN_VARIABLES.search(ENVIRONMENT["api_token"])
    assert {key for item in calls["credential"] for key in item["inputs"]} == set(fields)


def test_empty_base_url_means_the_default(calls: ModuleCalls) -> None:
    # A controller renders each injector without the inputs that are empty.
    given = {"account_id": "0123456789abcdef0123456789abcdef", "api_token": "a-token-of-nobody"}
    injectors = calls["credential_type"][0]["injectors"]["env"]
    environment = {name: ImmutableSandboxedEnvironment().from_string(text).render(**given) for name, text in injectors.items()}
    assert environment["CLOUDFLARE_BASE_URL"] == ""
    assert connection_from_options({}, environment).base_url == DEFAULT_BASE_URL


def test_host_uses_the_python_of_ansible(calls: ModuleCalls) -> None:
    assert calls["host"][0]["variables"] == {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def test_guide_shows_the_configured_items(calls: ModuleCalls) -> None:
    guide = (ROOT / "docs/awx.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"^```yml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)]
    [credential_type], [host] = calls["credential_type"], calls["host"]
    for shown in (credential_type["inputs"], credential_type["injectors"], host["variables"]):
        assert shown in blocks
    [mine] = [block for block in blocks if "mailops_image" in block]
    assert (
        set(mine) | {"mailops_read_token", "mailops_write_token"}
        >= {name for name, value in controller_variables().items() if value in ("", {})} - OPTIONAL_VARIABLES
    )
    assert set(mine) <= set(controller_variables())
    named = {item["name"] for items in calls.values() for item in items if "name" in item}
    assert not [name for name in named - NAMES_SHORTENED_IN_GUIDE if name not in guide]


def test_surveys_offer_the_choices_of_the_playbooks(calls: ModuleCalls) -> None:
    role = yaml.safe_load((ROOT / "roles/audit/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    audit, apply = questions(template(calls, "audit")), questions(template(calls, "apply"))
    # The survey offers only the simple values. The others can be set in the inventory.
    assert set(SEVERITIES) < set(audit["audit_fail_on"]["choices"]) < set(role["audit_fail_on"]["choices"])
    assert [audit["audit_fail_on"]["default"]] == role["audit_fail_on"]["default"]
    assert apply["email_security_from"]["choices"] == ["all", *SEVERITIES]
    for item in (*calls["job_template"], *calls["workflow_job_template"]):
        for question in questions(item).values():
            assert {"question_name", "question_description", "variable", "type", "required"} <= set(question)
            # A controller refuses a launch without an answer to a required question, whatever its default is.
            assert question["required"] is (item["name"] in (OPEN_TEMPLATE, BLOCK_TEMPLATE, ALLOW_TEMPLATE))
            # If a question has choices, a controller refuses an empty answer.
            assert question["type"] == "text" or question["default"] in question["choices"]


def test_workflow_nodes_are_valid_and_linked(calls: ModuleCalls) -> None:
    [workflow] = calls["workflow_job_template"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    validator = ArgumentSpecValidator(CONTROLLER_FACTS["workflow_nodes"])
    assert [validator.validate(node).error_messages for node in nodes.values()] == [[], [], []]
    edges = {(name, way[:-6], after["identifier"]) for name, node in nodes.items() for way, ends in node["related"].items() for after in ends}
    assert edges == {("audit", "success", "approve"), ("approve", "success", "apply")}
    kinds = {name: (node["unified_job_template"]["type"], node["unified_job_template"]["name"]) for name, node in nodes.items()}
    assert kinds["approve"][0] == "workflow_approval"
    assert {kinds[name] for name in ("audit", "apply")} == {("job_template", template(calls, ending)["name"]) for ending in ("audit", "apply")}
    assert nodes["approve"]["unified_job_template"]["timeout"] == 86400


def test_variables_of_schedules_and_nodes_are_in_the_surveys(calls: ModuleCalls) -> None:
    """A controller refuses other variables, because the templates do not prompt for variables."""
    surveys = {item["name"]: questions(item) for item in calls["job_template"]}
    asked = {(item["ask_variables_on_launch"], item["ask_limit_on_launch"]) for item in (*calls["job_template"], *calls["workflow_job_template"])}
    assert asked == {(False, False)}
    [workflow] = calls["workflow_job_template"]
    given: list[tuple[str, Any]] = [(item["unified_job_template"], item["extra_data"]) for item in calls["schedule"]]
    given += [(node["unified_job_template"]["name"], node.get("extra_data", {})) for node in workflow["workflow_nodes"] if node["identifier"] != "approve"]
    for name, data in given:
        assert {variable: value for variable, value in data.items() if value not in surveys[name][variable].get("choices", [value])} == {}
    assert [data for _name, data in given] == [{"audit_fail_on": "high"}, {}, {"audit_fail_on": "never"}, {"email_security_plan": "missing"}]


def test_workflow_survey_has_no_variable_that_the_audit_passes_on(calls: ModuleCalls) -> None:
    [data] = [
        task["ansible.builtin.set_stats"]["data"]
        for task in yaml.safe_load((ROOT / "roles/audit/tasks/main.yml").read_text())
        if "ansible.builtin.set_stats" in task
    ]
    assert data == "{{ audit_stats }}"
    handed_on = set(re.findall(r"'(email_security_\w+)':", yaml.safe_load((ROOT / "roles/audit/vars/main.yml").read_text())["audit_stats"]))
    assert handed_on == {"email_security_audit", "email_security_plan"}
    [workflow] = calls["workflow_job_template"]
    assert set(questions(workflow)) == {"email_security_only"}
    assert not handed_on & set(questions(workflow))
    assert "extra_vars" not in workflow
    assert set(questions(workflow)) <= set(questions(template(calls, "audit"))) & set(questions(template(calls, "apply")))


@pytest.mark.parametrize("number", [0, 1])
def test_schedule_rule_is_valid_for_a_controller(calls: ModuleCalls, number: int) -> None:
    schedule = calls["schedule"][number]
    found = re.fullmatch(r"DTSTART:([0-9]{8}T[0-9]{6})Z RRULE:FREQ=DAILY;INTERVAL=1", schedule["rrule"])
    assert found
    # There is no run before the start.
    assert datetime.strptime(found[1], "%Y%m%dT%H%M%S") < datetime(2026, 1, 1)
    assert schedule["enabled"] is True


@pytest.mark.parametrize("artifacts", [{}, "hidden", ARTIFACTS, {"email_security_audit": {"status": "error", "summary": {}, "message": "401 from the server"}}])
def test_notifications_show_the_counts_and_the_first_lines(calls: ModuleCalls, artifacts: Any) -> None:
    [notification] = calls["notification_template"]
    job = {"name": "Cloudflare Email Security audit", "id": 31, "status": "failed", "job_explanation": "", "artifacts": artifacts}
    rendered = {
        key: ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text).render(job=job, url="https://awx.example.com/31")
        for key, text in notification["messages"]["error"].items()
    }
    # A controller refuses a message with a line break: it is the subject of a mail.
    assert "\n" not in notification["messages"]["error"]["message"]
    assert rendered["message"].startswith("Cloudflare Email Security audit, job 31: failed")
    assert "https://awx.example.com/31" in rendered["body"]
    if artifacts == ARTIFACTS:
        assert rendered["message"].endswith(": failed, 1 critical, 2 high, 0 medium and 3 low findings")
        assert "\ncritical | partners.example.net accepts mail from anywhere. | ES-IP-001\n" in rendered["body"]
    assert ("401 from the server" in rendered["body"]) is ("401" in str(artifacts))


def test_notification_of_other_types_is_one_text() -> None:
    [message] = controller_variables()["mailops_messages"]["other"].values()
    job = {"name": "audit", "id": 31, "status": "failed", "artifacts": ARTIFACTS}
    rendered = ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(message).render(job=job, url="https://awx.example.com/31")
    assert "\n" not in message
    assert rendered.startswith("audit, job 31: failed, 1 critical, 2 high, 0 medium and 3 low findings. 3 of 4 declared domains are as declared. critical | ")
    assert rendered.endswith("low | finding 5 | ES-ALLOW-109 https://awx.example.com/31")
