"""Contracts in the terms of OCDS and directive 2014/24/EU, one per partner and lot."""

from procurement.contracts.models.billing import (
    AssignmentCertificate,
    PaymentTerms,
    Penalty,
    ReferenceRate,
    RetentionRelease,
    TransferRequest,
)
from procurement.contracts.models.contract import (
    Contract,
    ContractDocument,
    ContractPhase,
    PrefectTransmission,
    SignatoryPower,
    Signature,
    SignatureRefusal,
)
from procurement.contracts.models.execution import (
    Acceptance,
    Deliverable,
    GateDecision,
    GateRound,
    PartnerAgreement,
    PerformanceTest,
    PhaseResult,
)
from procurement.contracts.models.money import PaymentDue, PurchaseOrder, SubcontractAct

__all__ = [
    "Acceptance",
    "AssignmentCertificate",
    "Contract",
    "ContractDocument",
    "ContractPhase",
    "Deliverable",
    "GateDecision",
    "GateRound",
    "PartnerAgreement",
    "PaymentDue",
    "PaymentTerms",
    "Penalty",
    "PerformanceTest",
    "PhaseResult",
    "PrefectTransmission",
    "PurchaseOrder",
    "ReferenceRate",
    "RetentionRelease",
    "SignatoryPower",
    "Signature",
    "SignatureRefusal",
    "SubcontractAct",
    "TransferRequest",
]
