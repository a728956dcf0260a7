"""What allauth is told, for portal/settings.py to import whole. Constants only."""

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.PortalSignupForm",
    "login": "accounts.forms.PortalLoginForm",
    "request_login_code": "accounts.forms.PortalRequestLoginCodeForm",
    "add_email": "accounts.forms.PortalAddEmailForm",
    "change_email": "accounts.forms.PortalChangeEmailForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.emails.display_name"

# An email address is the login, a mailed code the key; nobody has a password.
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600  # seconds
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 900  # seconds for all steps of one sign-in
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False

# An address is replaced, never added: one sign-in has one address, and the old one is told.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
# Over allauth's own, which limit by address of the client alone where one mailbox can be flooded from many.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,20/h/key",
    # Ours: each request that is filed without an account mails a code to whatever address was typed.
    "file_request": "30/h/ip",
}

MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "accounts.passkeys.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.passkeys.forms.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.passkeys.forms.AuthenticateByPasskeyForm",
    "login_webauthn": "accounts.passkeys.forms.SignInByPasskeyForm",
    "reauthenticate_webauthn": "accounts.passkeys.forms.ReauthenticateByPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A passkey is two factors in one: the device, and the finger, face or PIN that unlocks it. So it is always unlocked.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Not raised: allauth forgets a used code after one period, so a longer life could be replayed.
MFA_TOTP_TOLERANCE = 0

LOGIN_URL = "account_login"
