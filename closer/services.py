"""The composition root: builds the services of one process, each on first use.

Slices never import this; actions, channels, the API, the worker and scripts get their services here. Imports stand in
the properties so that a process loads only the slices that it uses.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from closer.kit.clock import Clock, SystemClock
from closer.kit.db import Database
from closer.kit.jobs import JobQueue
from closer.kit.redis import connect_redis
from closer.kit.settings import Settings, get_settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from closer.carts.service import CartService
    from closer.catalog.service import CatalogService
    from closer.checkout.service import CheckoutService
    from closer.compliance.contact import ContactConsents
    from closer.compliance.service import ComplianceService
    from closer.conversations.broker import BrokerOutbox
    from closer.conversations.client import TurnClient
    from closer.conversations.consumer import EventConsumer
    from closer.conversations.dialogue_log import DialogueLog
    from closer.conversations.receipts import ActionReceipts
    from closer.conversations.service import ConversationService
    from closer.customers.identity import IdentityResolver
    from closer.customers.service import CustomerService
    from closer.feedback.service import FeedbackService
    from closer.handoff.appointments import AppointmentService
    from closer.handoff.service import HandoffService
    from closer.insights.service import InsightService
    from closer.kit.person_keys import PersonKeys
    from closer.lifecycle.service import LifecycleService
    from closer.messaging.links import ShortLinks
    from closer.messaging.media import MediaStore
    from closer.newsletter.service import NewsletterService
    from closer.notifications.service import NotificationService
    from closer.orders.service import OrderService
    from closer.providers.sandbox import SandboxMessages
    from closer.reach.addresses import ContactAddresses
    from closer.reach.joining import VisitorJoins
    from closer.reach.service import ReachService
    from closer.recommendations.service import RecommendationService
    from closer.security.accounts import AccountService
    from closer.security.audit import AuditLog
    from closer.security.oauth import OAuthService
    from closer.security.registration import RegistrationService
    from closer.security.threats import ThreatLog
    from closer.security.verification import VerificationService
    from closer.tickets.service import TicketService


class Services:
    """All services over one database, one Redis client and one clock.

    Args:
        settings: The installation's settings.
        clock: The time; tests inject a fixed one.
    """

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()

    @cached_property
    def db(self) -> Database:
        """The database; what services change in it goes into the audit log."""
        from closer.security.audit import AuditLog

        db = Database(self.settings.database_url)
        db.listen(AuditLog(db, self.clock).record_all)
        return db

    @cached_property
    def redis(self) -> Redis[Any]:
        """The Redis client."""
        return connect_redis(self.settings.redis_url)

    @cached_property
    def jobs(self) -> JobQueue:
        """Asks for background jobs."""
        return JobQueue(self.redis)

    @cached_property
    def person_keys(self) -> PersonKeys:
        """The keys that people's content is sealed under."""
        from closer.kit.person_keys import PersonKeys

        return PersonKeys(self.db, self.clock)

    @cached_property
    def accounts(self) -> AccountService:
        """Sign-in accounts."""
        from closer.security.accounts import AccountService

        async def unlink(customer_id: str) -> None:
            await self.addresses.unlink(customer_id, "alexa", by="accounts")

        return AccountService(self.db, self.settings, self.clock, unlink)

    @cached_property
    def registration(self) -> RegistrationService:
        """New accounts."""
        from closer.security.registration import RegistrationService

        return RegistrationService(
            self.db,
            accounts=self.accounts,
            customers=self.customers,
            notifications=self.notifications,
            audit=self.audit,
            settings=self.settings,
            clock=self.clock,
        )

    @cached_property
    def oauth(self) -> OAuthService:
        """Accounts linked to Alexa."""
        from closer.security.oauth import OAuthService

        return OAuthService(self.db, self.accounts, self.audit, self.settings, self.clock)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log."""
        from closer.security.audit import AuditLog

        return AuditLog(self.db, self.clock)

    @cached_property
    def threats(self) -> ThreatLog:
        """What was refused as an attack."""
        from closer.security.threats import ThreatLog

        return ThreatLog(self.db, self.clock)

    @cached_property
    def verification(self) -> VerificationService:
        """One-time codes."""
        from closer.security.verification import VerificationService

        return VerificationService(
            self.db, self.notifications, self.customers, self.settings, self.clock
        )

    @cached_property
    def conversations(self) -> ConversationService:
        """Inbox and history."""
        from closer.conversations.service import ConversationService

        return ConversationService(self.db, self.redis, self.clock, self.person_keys)

    @cached_property
    def receipts(self) -> ActionReceipts:
        """Receipts of actions that ran."""
        from closer.conversations.receipts import ActionReceipts

        return ActionReceipts(self.db, self.clock, self.person_keys)

    @cached_property
    def dialogues(self) -> DialogueLog:
        """Every event of every dialogue."""
        from closer.conversations.dialogue_log import DialogueLog

        return DialogueLog(self.db, self.clock, self.person_keys)

    @cached_property
    def broker_outbox(self) -> BrokerOutbox:
        """New tracker events on their way to the event broker."""
        from closer.conversations.broker import BrokerOutbox

        return BrokerOutbox(self.db, self.clock)

    def event_consumer(self, name: str, **pace: Any) -> EventConsumer:
        """Return a reader of the event stream under a name of its own; `pace` is `batch` and `gather_s`."""
        from closer.conversations.consumer import EventConsumer

        return EventConsumer(
            self.redis,
            self.db,
            self.person_keys,
            self.clock,
            stream=self.settings.event_broker_topic,
            name=name,
            **pace,
        )

    @cached_property
    def insights(self) -> InsightService:
        """Daily counts of what happens in conversations."""
        from closer.insights.service import InsightService

        return InsightService(self.db, self.clock)

    @cached_property
    def turns(self) -> TurnClient:
        """The dialogue in the Rasa process."""
        from closer.conversations.client import TurnClient

        return TurnClient(self.settings)

    @cached_property
    def customers(self) -> CustomerService:
        """Customers and their addresses."""
        from closer.customers.service import CustomerService

        return CustomerService(self.db, self.clock)

    @cached_property
    def identities(self) -> IdentityResolver:
        """Whose an address is."""
        from closer.customers.identity import IdentityResolver

        return IdentityResolver(self.addresses.owners)

    @cached_property
    def addresses(self) -> ContactAddresses:
        """Addresses of customers."""
        from closer.reach.addresses import ContactAddresses

        return ContactAddresses(
            self.db,
            self.customers,
            self.verification,
            self.person_keys,
            self.audit,
            clock=self.clock,
            region=self.settings.default_region,
        )

    @cached_property
    def joins(self) -> VisitorJoins:
        """Visitors who turn out to be customers."""
        from closer.reach.joining import VisitorJoins

        return VisitorJoins(self.db, self.conversations, self.carts, self.tickets, self.clock)

    @cached_property
    def reach(self) -> ReachService:
        """What each channel offers a customer, messages to them, and going on elsewhere."""
        from closer.reach.service import ReachParts, ReachService

        return ReachService(
            ReachParts(
                self.db,
                self.settings,
                self.clock,
                self.person_keys,
                self.customers,
                self.addresses,
                self.conversations,
                self.dialogues,
                self.notifications,
                self.short_links,
                self.compliance,
                self.contact_consents,
                self.audit,
            )
        )

    @cached_property
    def catalog(self) -> CatalogService:
        """Products and stock."""
        from closer.catalog.service import CatalogService

        return CatalogService(self.db, self.clock)

    @cached_property
    def orders(self) -> OrderService:
        """Orders, refunds and invoices."""
        from closer.orders.service import OrderService

        return OrderService(self.db, self.catalog, self.clock)

    @cached_property
    def carts(self) -> CartService:
        """Carts and checkout links."""
        from closer.carts.service import CartService

        return CartService(self.db, self.catalog, self.orders, self.settings, self.clock)

    @cached_property
    def checkout(self) -> CheckoutService:
        """Ordering carts by their links."""
        from closer.checkout.payments import CheckoutPayments
        from closer.checkout.service import CheckoutService
        from closer.providers.selection import choose_payments

        provider = choose_payments(self.settings, self.db, self.clock)
        return CheckoutService(
            self.db,
            carts=self.carts,
            orders=self.orders,
            customers=self.customers,
            payments=CheckoutPayments(self.db, self.clock, provider),
            conversations=self.conversations,
            notifications=self.notifications,
            audit=self.audit,
            settings=self.settings,
            clock=self.clock,
        )

    @cached_property
    def recommendations(self) -> RecommendationService:
        """What to buy next."""
        from closer.recommendations.service import RecommendationService

        return RecommendationService(self.db, self.catalog, self.customers, self.orders, self.clock)

    @cached_property
    def contact_consents(self) -> ContactConsents:
        """Which addresses may be written to."""
        from closer.compliance.contact import ContactConsents

        return ContactConsents(self.db, self.compliance, self.audit, self.clock)

    @cached_property
    def short_links(self) -> ShortLinks:
        """Short links for text messages."""
        from closer.messaging.links import ShortLinks

        return ShortLinks(self.db, self.settings, self.person_keys, self.clock)

    @cached_property
    def media(self) -> MediaStore:
        """Files that people sent."""
        from closer.messaging.media import MediaStore
        from closer.providers.selection import media_source

        return MediaStore(self.db, self.person_keys, media_source(self.settings), self.clock)

    @cached_property
    def newsletter(self) -> NewsletterService:
        """Subscribers of the newsletter without an account."""
        from closer.newsletter.service import NewsletterService

        return NewsletterService(self.db, self.clock)

    @cached_property
    def lifecycle(self) -> LifecycleService:
        """Model versions and their deployment."""
        from closer.lifecycle.service import LifecycleService

        return LifecycleService(
            self.db, self.redis, self.audit, self.settings.models_dir, self.clock
        )

    @cached_property
    def notifications(self) -> NotificationService:
        """Messages to people by e-mail and SMS."""
        from closer.kit.wake import DELIVERY, Bell
        from closer.notifications.records import ContactRules, Notification
        from closer.notifications.service import NotificationService

        async def may_send(channel: str, address: str, kind: str, customer_id: str | None) -> bool:
            return await self.contact_consents.may_send(channel, address, kind, customer_id)

        async def opted_out(item: Notification) -> None:
            await self.contact_consents.opted_out_at_vendor(item)

        bell = Bell(self.redis, DELIVERY)
        return NotificationService(
            self.db,
            self.settings,
            self.clock,
            self.person_keys,
            kick=bell.ring,
            # Consent needs this service in turn, so it is asked for when it is needed.
            rules=ContactRules(may_send, opted_out),
        )

    @cached_property
    def sandbox(self) -> SandboxMessages:
        """Reads what was kept instead of sent, when no vendor is configured."""
        from closer.providers.sandbox import SandboxMessages

        return SandboxMessages(self.db)

    @cached_property
    def tickets(self) -> TicketService:
        """Tickets."""
        from closer.tickets.service import TicketService

        return TicketService(self.db, self.clock)

    @cached_property
    def handoff(self) -> HandoffService:
        """Who has a conversation: the assistant or a person."""
        from closer.handoff.service import HandoffService

        return HandoffService(self.db, self.tickets, self.customers, self.notifications, self.clock)

    @cached_property
    def appointments(self) -> AppointmentService:
        """Calls that are agreed on."""
        from closer.handoff.appointments import AppointmentService

        return AppointmentService(self.db, self.clock, self.settings.default_region)

    @cached_property
    def feedback(self) -> FeedbackService:
        """Ratings, comments and reviews."""
        from closer.feedback.service import FeedbackService

        return FeedbackService(self.db, self.clock)

    @cached_property
    def compliance(self) -> ComplianceService:
        """Privacy requests and consent."""
        from closer.compliance import holders
        from closer.compliance.service import ComplianceService
        from closer.reach.personal import ReachData
        from closer.recommendations.rejections import Rejections

        async def kick() -> None:
            await self.jobs.submit("execute_privacy")

        return ComplianceService(
            self.db,
            self.customers,
            self.audit,
            keys=self.person_keys,
            notifications=self.notifications,
            settings=self.settings,
            clock=self.clock,
            holders={
                # Before the conversations, with which the person's keys go.
                "media": self.media,
                "short_links": self.short_links,
                "conversations": holders.ConversationData(self.conversations),
                "feedback": self.feedback,
                "tickets": self.tickets,
                "handoff": self.handoff,
                "appointments": self.appointments,
                "carts": self.carts,
                "checkout": self.checkout.payments,
                "recommendations": Rejections(self.db, self.clock),
                "reach": ReachData(self.db, self.person_keys),
                "notifications": self.notifications,
                "verification": self.verification,
                "orders": holders.OrderData(self.orders),
                "sign_in": holders.SignInData(self.accounts),
                "newsletter": holders.NewsletterData(self.newsletter, self.customers),
                "customers": holders.CustomerData(self.customers),
                "keys": holders.KeyData(self.person_keys),
            },
            kick=kick,
        )

    async def close(self) -> None:
        """Release connections; whatever was never used is not touched."""
        if "conversations" in self.__dict__:
            await self.conversations.close()
        if "notifications" in self.__dict__:
            await self.notifications.close()
        if "media" in self.__dict__:
            await self.media.close()
        if "threats" in self.__dict__:
            await self.threats.close()
        if "turns" in self.__dict__:
            await self.turns.close()
        if "redis" in self.__dict__:
            await self.redis.close()
        if "db" in self.__dict__:
            await self.db.dispose()


@lru_cache(maxsize=1)
def process_services() -> Services:
    """Return the services of this process, built from its settings."""
    return Services(get_settings())
