"""What the real server answers when it refuses: status, error id and sentence, one row each."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """One refusal of Mattermost's REST API v4, as its `AppError` shows it."""

    status: int
    id: str
    message: str

    def shown(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        return {
            "id": self.id,
            "message": self.message,
            "detailed_error": "",
            "request_id": request_id,
            "status_code": self.status,
        }


class ApiError(Exception):
    """The request is refused; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        """Keep the row of the table."""
        super().__init__(failure.id)
        self.failure = failure


class NoSuchPathError(Exception):
    """No API call has this path and method."""


class CutError(Exception):
    """The connection is closed without any answer: a fault, or a place where the real server's handler panics."""


def invalid_body(name: str) -> Failure:
    """Return the refusal of a body that lacks `name` or has it in the wrong shape."""
    return Failure(400, "api.context.invalid_body_param.app_error", f"Invalid or missing {name} in request body.")


def invalid_url(name: str) -> Failure:
    """Return the refusal of a malformed part of the path."""
    return Failure(
        400, "api.context.invalid_url_param.app_error", f"Invalid or missing {name} parameter in request URL."
    )


def invalid_param(name: str) -> Failure:
    """Return the refusal of a well-formed value that means nothing here."""
    return Failure(400, "api.context.invalid_param.app_error", f"Invalid {name} parameter.")


def command_failed(trigger: str) -> Failure:
    """Return what a person sees when the command's server cannot be reached or understood."""
    return Failure(
        500, "api.command.execute_command.failed.app_error", f"Command with a trigger of '{trigger}' failed."
    )


def command_answered(trigger: str, status: str) -> Failure:
    """Return what a person sees when the command's server answers anything but 200."""
    return Failure(
        500,
        "api.command.execute_command.failed_resp.app_error",
        f"Command with a trigger of '{trigger}' returned response {status}.",
    )


def command_unknown(trigger: str) -> Failure:
    """Return the refusal of a slash command nobody registered."""
    hint = 'To send a message beginning with "/", try adding an empty space at the beginning of the message.'
    return Failure(
        404,
        "api.command.execute_command.not_found.app_error",
        f"Command with a trigger of '{trigger}' not found. {hint}",
    )


def command_post_failed(trigger: str) -> Failure:
    """Return what a person sees when a command's answer cannot be posted."""
    return Failure(
        500,
        "api.command.execute_command.create_post_failed.app_error",
        f"Command '{trigger}' failed to post response. Please contact your System Administrator.",
    )


_NO_ACCOUNT = (
    "Unable to find an existing account matching your username for this team. "
    "This team may require an invite from the team owner to join."
)
_NAME_RULE = (
    "Username must begin with a letter, and contain between 3 to 22 lowercase characters made up of numbers, "
    'letters, and the symbols ".", "-", and "_".'
)
_LOCKED = "Your account is locked because of too many failed password attempts. Please reset your password."
_TRIGGER = "interactive_message.decode_trigger_id"
_DEDUPLICATE = "api.post.deduplicate_create_post"

SESSION_EXPIRED = Failure(
    401, "api.context.session_expired.app_error", "Invalid or expired session, please login again."
)
PERMISSIONS = Failure(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")

LOGIN_INVALID = Failure(
    401, "api.user.login.invalid_credentials_email_username", "Enter a valid email or username and/or password."
)
LOGIN_BLANK = Failure(400, "api.user.login.blank_pwd.app_error", "Password field must not be blank")
LOGIN_INACTIVE = Failure(
    401,
    "api.user.login.inactive.app_error",
    "Login failed because your account has been deactivated.  Please contact an administrator.",
)
LOGIN_BOT = Failure(401, "api.user.login.bot_login_forbidden.app_error", "Bot login is forbidden.")
LOGIN_LOCKED = Failure(401, "api.user.check_user_login_attempts.too_many.app_error", _LOCKED)

USER_MISSING = Failure(404, "app.user.missing_account.const", "Unable to find the user.")
USERNAME_MISSING = Failure(404, "app.user.get_by_username.app_error", _NO_ACCOUNT)
USERNAME_INVALID = Failure(400, "model.user.is_valid.username.app_error", _NAME_RULE)
USERNAME_TAKEN = Failure(
    400, "app.user.save.username_exists.app_error", "An account with that username already exists."
)
EMAIL_HIDDEN = Failure(403, "api.user.get_user_by_email.permissions.app_error", "Unable to get user by email.")

TEAM_MISSING = Failure(404, "app.team.get_by_name.missing.app_error", "Unable to find the existing team.")
CHANNEL_MISSING = Failure(404, "app.channel.get.existing.app_error", "Unable to find the existing channel.")
CHANNEL_NAME_MISSING = Failure(404, "app.channel.get_by_name.missing.app_error", "Channel does not exist.")
MEMBER_MISSING = Failure(
    404, "app.channel.get_member.missing.app_error", "No channel member found for that user ID and channel ID."
)
DIRECT_USER_INVALID = Failure(
    400, "api.channel.create_direct_channel.invalid_user.app_error", "Invalid user ID for direct channel creation."
)

POST_MISSING = Failure(404, "app.post.get.app_error", "Unable to get the post.")
POST_EXISTS = Failure(400, "app.post.save.existing.app_error", "You cannot update an existing Post.")
POST_NOT_SAVED = Failure(500, "app.post.save.app_error", "Unable to save the Post.")
POST_MESSAGE = Failure(400, "model.post.is_valid.msg.app_error", "Invalid message.")
POST_PROPS = Failure(400, "model.post.is_valid.props.app_error", "Invalid props.")
POST_TYPE = Failure(400, "model.post.is_valid.type.app_error", "Invalid type.")
POST_ROOT = Failure(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
POST_ROOT_CHANNEL = Failure(
    400, "api.post.create_post.channel_root_id.app_error", "Invalid ChannelId for RootId parameter."
)
POST_ARCHIVED = Failure(400, "api.post.create_post.can_not_post_to_deleted.error", "Can not post to deleted channel.")
PENDING = Failure(500, f"{_DEDUPLICATE}.pending", "Rejected post since another client is making the same request.")
PENDING_GONE = Failure(
    500,
    f"{_DEDUPLICATE}.failed_to_get",
    "Failed to fetch original post after deduplicating a client repeating the same request.",
)

ACTION_MISSING = Failure(404, "api.post.do_action.action_id.app_error", "Invalid action id.")
ACTION_FAILED = Failure(400, "api.post.do_action.action_integration.app_error", "Action integration error.")
COMMAND_START = Failure(400, "api.command.execute_command.start.app_error", "No command trigger found.")
COMMAND_TAKEN = Failure(
    400,
    "api.command.duplicate_trigger.app_error",
    "This trigger word is already in use. Please choose another word.",
)
COMMAND_MISSING = Failure(404, "store.sql_command.get.missing.app_error", "Command does not exist.")
HOOK_MISSING = Failure(404, "app.command_webhook.get.missing", "Unable to find the webhook.")
HOOK_USED_UP = Failure(400, "app.command_webhook.try_use.invalid", "Invalid webhook.")

TRIGGER_BASE64 = Failure(
    400,
    f"{_TRIGGER}.base64_decode_failed",
    "Failed to decode base64 for trigger ID for interactive dialog.",
)
TRIGGER_FIELDS = Failure(400, f"{_TRIGGER}.missing_data", "Trigger ID missing required data for interactive dialog.")
TRIGGER_EXPIRED = Failure(
    400,
    f"{_TRIGGER}.expired",
    "Trigger ID for interactive dialog is expired. Trigger IDs live for a maximum of 3 seconds.",
)
TRIGGER_FORGED = Failure(
    400,
    f"{_TRIGGER}.verify_signature_failed",
    "Signature verification failed of trigger ID for interactive dialog.",
)
