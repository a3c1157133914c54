"""All settings, read top to bottom. They come from environment variables only; docs/settings.md lists them.

Without any variable this is the embedded way: SQLite, an in-memory queue and a local outbox under `var/`.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from cxportal.embedded import secret_key_kept_in
from cxportal.languages import LANGUAGES as KNOWN_LANGUAGES
from cxportal.languages import SOURCE, teach_django

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.prefix = "CX_"

# ---------- where things are ----------
VAR = Path(env.str("VAR", default=str(BASE_DIR / "var"))).resolve()
VAR.mkdir(parents=True, exist_ok=True)
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
if urlsplit(BASE_URL).scheme not in {"http", "https"} or not urlsplit(BASE_URL).hostname:
    raise ImproperlyConfigured(
        f"CX_BASE_URL must be an address such as https://cx.example.org, not {BASE_URL!r}."
    )
IS_HTTPS = BASE_URL.startswith("https://")

# ---------- production or embedded ----------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
PRODUCTION = env.bool("PRODUCTION", default=bool(DATABASE_URL))
DEMO = False  # `serve --demo` says otherwise, never in production
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured(
            "CX_DEBUG must be off in production: error pages would show data of people."
        )
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10 or SECRET_KEY.startswith("django-insecure"):
        raise ImproperlyConfigured(
            "CX_SECRET_KEY must be set to at least 50 random characters in production;"
            " `python3 -c 'import secrets; print(secrets.token_urlsafe(64))'` makes one."
        )
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("CX_ALLOWED_HOSTS must name the hosts in production, not a wildcard.")
SECRET_KEY = SECRET_KEY or secret_key_kept_in(VAR / "secret_key")
ALLOWED_HOSTS = ALLOWED_HOSTS or [str(urlsplit(BASE_URL).hostname)]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# ---------- rooms ----------
INSTALLED_APPS = [
    "cxportal.portal",  # first: its templates win over those of the admin and of sign-in
    "actions",
    "feedback",
    "panels",
    "surveys",
    "cxportal.dispatch",
    "cxportal.organisation",
    "cxportal.keys",
    "modeltranslation",
    "cxportal.portal.site.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "tree_queries",
    "cxportal.organisation.audit_app.AuditConfig",
    "axes",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "cxportal.portal.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cxportal.portal.proxy.ClientAddressMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "cxportal.portal.errors.TooManyRequestsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cxportal.portal.sign_in.SecondFactorMiddleware",
    "cxportal.organisation.audit.AuditMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as django-axes asks
]
ROOT_URLCONF = "cxportal.urls"
WSGI_APPLICATION = "cxportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cxportal.portal.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "cxportal.portal.templatetags.cx",
                "cxportal.portal.templatetags.public",
            ],
        },
    }
]
# The page with every translation of a survey of 560 questions has some 3,000 boxes.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
# In one process the local-memory cache counts wrong passwords just as well as Redis does.
SILENCED_SYSTEM_CHECKS = [] if PRODUCTION or REDIS_URL else ["axes.W001"]

# ---------- database ----------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASE_URL:
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    # compiling a query of a page takes longer than running it
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "cxportal.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # 16 MB of pages are kept: with the usual 2, counts over some ten thousand rows read them again and again
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; "
                "PRAGMA cache_size=-16000;",
            },
            "TEST": {"NAME": VAR / "test.sqlite3"},
        }
    }

# ---------- keys of waves and panels: never beside the database ----------
KEYS_FOLDER = Path(env.str("KEYS", default=str(VAR / "keys"))).resolve()
KEYS_BACKUP_DAYS = env.int("KEYS_BACKUP_DAYS", default=7)
if env.str("KEYS_URL", default=""):
    DATABASES["keys"] = env.db("KEYS_URL")
DATABASE_ROUTERS = ["cxportal.keys.router.KeysRouter"]  # always: without CX_KEYS_URL it keeps the tables away

# ---------- cache and queue ----------
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cx"}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"}
    ),
    # of this process alone: languages, agency, pages; nothing that must be true everywhere at once
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local", "TIMEOUT": 10},
}
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=False)
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_ALWAYS_EAGER = env.bool("QUEUE_EAGER", default=False)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 5} if REDIS_URL else {}
)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "cxportal.portal.tasks.beat_heart", "schedule": 15},
    "dispatch": {
        "task": "cxportal.dispatch.tasks.tick",
        "schedule": env.int("DISPATCH_TICK_SECONDS", default=20),
        "options": {"expires": 25},  # a little more than from one tick to the next
    },
    "those who began": {"task": "surveys.tasks.write_begun", "schedule": 60},
    "calendar of waves": {"task": "surveys.tasks.keep_the_calendar", "schedule": 60},
    "release of confidential waves": {"task": "surveys.tasks.release_confidential", "schedule": 10},
    "release of anonymous waves": {"task": "surveys.tasks.release_anonymous", "schedule": 3600},
    "indicators": {"task": "surveys.tasks.count_indicators", "schedule": 3600},
}

# ---------- languages ----------
teach_django()
LANGUAGE_CODE = SOURCE
LANGUAGES = [(language.code, language.name) for language in KNOWN_LANGUAGES.values()]
LANGUAGES_BIDI = [language.code for language in KNOWN_LANGUAGES.values() if language.is_rtl]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["cxportal.formats"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Helsinki")
MODELTRANSLATION_LANGUAGES = tuple(KNOWN_LANGUAGES)
MODELTRANSLATION_DEFAULT_LANGUAGE = SOURCE
MODELTRANSLATION_FALLBACK_LANGUAGES = tuple(sorted(KNOWN_LANGUAGES, key=lambda code: code != SOURCE))

# ---------- static files ----------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = Path(env.str("MEDIA", default=str(VAR / "media"))).resolve()
MEDIA_URL = "/media/"

# ---------- mail and the workers that send it ----------
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL and not re.match(r"smtp(\+tls|\+ssl)?://[^/]*[^/@]", EMAIL_URL):
    raise ImproperlyConfigured("CX_EMAIL_URL must look like smtp+tls://user:password@host:587.")
EMAIL_FROM = env.str("EMAIL_FROM", default=f"noreply@{urlsplit(BASE_URL).hostname}")
EMAIL_RETURN_PATH = env.str("EMAIL_RETURN_PATH", default=EMAIL_FROM)
EMAIL_CONNECTIONS = env.int("EMAIL_CONNECTIONS", default=8)
DISPATCH_WORKERS = env.int("DISPATCH_WORKERS", default=2)
DISPATCH_LEASE_SECONDS = env.float("DISPATCH_LEASE_SECONDS", default=120)
for _address in (EMAIL_FROM, EMAIL_RETURN_PATH):
    if not re.fullmatch(r"[^\s<>@\x00-\x1f]+@[^\s<>@\x00-\x1f]+", _address):
        raise ImproperlyConfigured(
            "CX_EMAIL_FROM and CX_EMAIL_RETURN_PATH must be plain addresses without a name."
        )

# ---------- text messages and reports of what came back ----------
SMS_URL = env.str("SMS_URL", default="")
SMS_HEADERS = env.json("SMS_HEADERS", default={})
SMS_BODY = env.str("SMS_BODY", default='{"to": "{to}", "text": "{text}", "reference": "{reference}"}')
SMS_SECRET = env.str("SMS_SECRET", default="")
if (
    SMS_URL
    and urlsplit(SMS_URL).scheme != "https"
    and urlsplit(SMS_URL).hostname not in {"localhost", "127.0.0.1"}
):
    raise ImproperlyConfigured("CX_SMS_URL must begin with https:// unless the gateway is on this machine.")
if not isinstance(SMS_HEADERS, dict) or not all(isinstance(value, str) for value in SMS_HEADERS.values()):
    raise ImproperlyConfigured('CX_SMS_HEADERS must be JSON such as {"Authorization": "Bearer 123"}.')
if "{to}" not in SMS_BODY or "{text}" not in SMS_BODY:
    raise ImproperlyConfigured("CX_SMS_BODY must contain the places {to} and {text}.")
BOUNCE_URL = env.str("BOUNCE_URL", default="")

# ---------- actions ----------
ACTION_REMIND_DAYS = env.int("ACTION_REMIND_DAYS", default=7)
ACTION_ESCALATE_DAYS = env.int("ACTION_ESCALATE_DAYS", default=14)
if ACTION_REMIND_DAYS < 0 or ACTION_ESCALATE_DAYS < 1:
    raise ImproperlyConfigured("CX_ACTION_REMIND_DAYS and CX_ACTION_ESCALATE_DAYS must be numbers of days.")

# ---------- signing in ----------
AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first, so that a locked account is not even looked at
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "cxportal.portal.sign_in.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# django-axes stops wrong passwords earlier; this one also counts wrong codes of the second factor
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,10/15m/key"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
PASSWORD_RESET_TIMEOUT = 2 * 3600
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "cxportal.portal.sign_in.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses of staff are entered by administrators
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"  # addresses of people who sign in are never on disk
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_USERNAME_CALLABLE = "cxportal.portal.sign_in.name_tried"
AXES_CLIENT_IP_CALLABLE = "cxportal.portal.sign_in.network_of"
AXES_CLIENT_STR_CALLABLE = "cxportal.portal.sign_in.nobody"
AXES_LOCKOUT_CALLABLE = "cxportal.portal.sign_in.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
IDLE_MINUTES = env.int("IDLE_MINUTES", default=30)
SESSION_COOKIE_AGE = IDLE_MINUTES * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "cx_session"
CSRF_COOKIE_NAME = "cx_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "cxportal.portal.errors.csrf_failure"

# ---------- who did what ----------
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CHANGE_DISPLAY_TRUNCATE_LENGTH = 0

# ---------- API ----------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "cxportal: published results",
    "DESCRIPTION": "Waves, indicators and publications, read only. Small groups are hidden as on every page.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# ---------- policy headers ----------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"  # the public pages say no-referrer themselves
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if IS_HTTPS:
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---------- logs: no address, number, token or answer ----------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if not re.fullmatch("DEBUG|INFO|WARNING|ERROR|CRITICAL", LOG_LEVEL):
    raise ImproperlyConfigured("CX_LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "cxportal.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        "celery": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},  # it warns that the in-memory broker has no host
    },
}
