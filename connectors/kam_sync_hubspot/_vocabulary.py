"""The words by which people name what a policy maps, in seven languages; data only, matching is in `_matching`.

English, German, French, Spanish, Portuguese, Italian, Dutch. A pattern is words in lower case without accents, as they
follow each other in a name; `*` stands for any letters of a word. A concept is told by any of its patterns, and a
subject by all of the concepts it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.records import PlanPart, Role

LANGUAGES: Final = ("en", "de", "fr", "es", "pt", "it", "nl")
"""The languages that every concept has words in."""

Words = Mapping[str, tuple[str, ...]]
"""Language → patterns."""


def words(en: str, de: str, fr: str, es: str, pt: str, it: str, nl: str) -> Words:
    """Return the patterns of each language, which are given with bars between them."""
    given = dict(zip(LANGUAGES, (en, de, fr, es, pt, it, nl), strict=True))
    return {language: tuple(patterns.split("|")) for language, patterns in given.items()}


CONCEPTS: Final[Mapping[str, Words]] = {
    "key account": words(
        en="key account*|strategic account*|strategic customer*|major account*|target account*|named account*",
        de="schlusselkund*|grosskund*|strategische* kund*|key account*|zielkund*|wichtige* kund*",
        fr="compte* cle*|grand* compte*|compte* strategique*|client* strategique*",
        es="cuenta* clave*|cuenta* estrategica*|cliente* clave*|gran* cuenta*|cliente* estrategico*",
        pt="conta* chave*|conta* estrategica*|cliente* chave*|cliente* estrategico*",
        it="cliente chiave|clienti chiave|conto chiave|cliente strategico|clienti strategici|account strategico",
        nl="sleutelaccount*|sleutelklant*|strategische klant*|grote klant*|kernklant*",
    ),
    "tier": words(
        en="tier|account class*|customer class*|account segment*|customer segment*|account rank|abc",
        de="kundenklass*|kundenkategorie*|kundensegment*|abc klass*|kundenrang*|kontoklass*",
        fr="niveau d* compte|niveau d* client|categorie d* compte|categorie client|classe client|segment client",
        es="nivel de cuenta|nivel de cliente|categoria de* cliente|categoria de cuenta|segmento de* cliente*",
        pt="nivel da conta|nivel do cliente|categoria d* cliente|categoria da conta|segmento d* cliente*",
        it="livello cliente|livello d* cliente|fascia cliente|fascia d* cliente|classe cliente|categoria cliente",
        nl="klantklasse*|klantcategorie*|klantsegment*|klantniveau*|accountklasse*",
    ),
    "revenue": words(
        en="revenue*|turnover|annual sales",
        de="umsatz|jahresumsatz|umsatze",
        fr="chiffre d affaires|ca annuel|revenu annuel",
        es="ingresos|facturacion|ingresos anuales",
        pt="faturamento|faturacao|receita*|volume de negocios",
        it="fatturato|ricavi",
        nl="omzet|jaaromzet",
    ),
    "stance": words(
        en="stance|attitude|sentiment|disposition",
        de="haltung|einstellung|gesinnung",
        fr="attitude|position envers|posture",
        es="actitud|postura",
        pt="atitude|postura",
        it="atteggiamento|posizione verso",
        nl="houding|gezindheid",
    ),
    "level": words(
        en="seniority|management level|hierarchy level|job level|contact level",
        de="hierarchieebene|fuhrungsebene|managementebene|hierarchiestufe",
        fr="niveau hierarchique|echelon|niveau de direction",
        es="nivel jerarquico|nivel directivo|antiguedad",
        pt="nivel hierarquico|senioridade",
        it="livello gerarchico|anzianita|livello manageriale",
        nl="managementniveau|hierarchisch niveau|functieniveau|senioriteit",
    ),
    "buying role": words(
        en="buying role*|buyer role*|decision role*|role in buying|purchasing role*",
        de="kaufrolle*|einkaufsrolle*|rolle im kauf*|entscheidungsrolle*",
        fr="role d achat|role dans l achat|role d acheteur|role decisionnel",
        es="rol de compra|rol en la compra|papel de compra",
        pt="papel de compra|papel na compra|funcao de compra",
        it="ruolo d acquisto|ruolo nell acquisto|ruolo decisionale",
        nl="inkooprol*|kooprol*|rol bij aankoop|beslissingsrol*",
    ),
    Role.RESULTS_DRIVER: words(
        en="results driver*|result driver*|results owner*",
        de="ergebnistreiber*|ergebnisverantwortlich*",
        fr="pilote d* resultats|responsable d* resultats",
        es="impulsor* de resultados|responsable de* resultados",
        pt="responsavel p* resultados|impulsionador* de resultados",
        it="responsabile d* risultati",
        nl="resultaatverantwoordelijke*|resultaatgedreven*|resultaateigenaar*",
    ),
    Role.RELATIONSHIP_LEAD: words(
        en="relationship lead*|relationship manager*|relationship owner*|relation* manager*",
        de="beziehungsmanager*|beziehungsverantwortlich*|beziehungsleit*",
        fr="responsable d* relation*|responsable d* la relation*|responsable relation*|charge* d* relation*",
        es="responsable de* la* relacion*|gestor* de* la* relacion*|responsable de relaciones",
        pt="responsavel p* relacionamento|gerente de relacionamento|gestor* de relacionamento",
        it="responsabile d* relazion*|gestore d* relazion*",
        nl="relatiemanager*|relatiebeheerder*|relatieverantwoordelijke*",
    ),
    Role.INNOVATOR: words(
        en="innovator*|innovation lead*|innovation manager*",
        de="innovator*|innovationsmanager*|innovationsverantwortlich*|innovationstreiber*",
        fr="innovateur*|responsable d* l* innovation|responsable innovation",
        es="innovador*|responsable de innovacion",
        pt="inovador*|responsavel p* inovacao",
        it="innovatore*|innovatrice*|responsabile innovazione|responsabile d* innovazione",
        nl="innovator*|innovatiemanager*|vernieuwer*",
    ),
    Role.COLLABORATOR: words(
        en="collaborator*|collaboration lead*|collaboration manager*",
        de="kollaborator*|zusammenarbeitsverantwortlich*|kooperationsmanager*|koordinator*",
        fr="collaborateur*|responsable d* collaboration",
        es="colaborador*|responsable de colaboracion",
        pt="colaborador*|responsavel p* colaboracao",
        it="collaboratore*|collaboratrice*|responsabile collaborazione",
        nl="samenwerkingsmanager*|samenwerkingspartner*|verbinder*",
    ),
    Role.TECHNICAL_EXPERT: words(
        en="technical expert*|technical lead*|technical specialist*|solution* engineer*|solution* architect*",
        de="technische* expert*|fachexpert*|technikexpert*|technische* leit*|losungsarchitekt*",
        fr="expert* technique*|responsable technique|architecte solution*",
        es="expert* tecnic*|especialista tecnic*|responsable tecnic*",
        pt="especialista tecnic*|perit* tecnic*|responsavel tecnic*",
        it="espert* tecnic*|specialista tecnic*|responsabile tecnic*",
        nl="technisch* expert*|technisch* specialist*|technisch* verantwoordelijke*",
    ),
    Role.PROJECT_MANAGER: words(
        en="project manager*|project lead*|delivery manager*|program* manager*",
        de="projektleit*|projektmanager*|projektverantwortlich*",
        fr="chef* de projet*|responsable d* projet*",
        es="jefe de proyecto*|gestor* de proyecto*|director* de proyecto*|gerente de proyecto*",
        pt="gerente de projeto*|gestor* de projeto*|chefe de projeto*",
        it="responsabile d* progetto|capo progetto|capoprogetto|project manager*",
        nl="projectleider*|projectmanager*|projectverantwoordelijke*",
    ),
    "plan": words(
        en="plan|plans|account plan*|accountplan*",
        de="kundenplan*|accountplan*|kontoplan*|planstart|planbeginn|planende|planuberprufung*|strategieplan*",
        fr="plan|plans|plan de compte",
        es="plan|planes|plan de cuenta",
        pt="plano|planos|plano de conta",
        it="piano|piani|piano cliente",
        nl="plan|klantplan*|accountplan*|relatieplan*",
    ),
    "start": words(
        en="start*|begin*|beginning|valid from|effective from",
        de="start*|beginn*|anfang*|gultig ab|planstart|planbeginn",
        fr="debut|demarrage|commencement|valable d*",
        es="inicio|comienzo|valido desde",
        pt="inicio|comeco|valido desde",
        it="inizio|avvio|valido dal",
        nl="begin*|start*|aanvang*|geldig vanaf",
    ),
    "end": words(
        en="end|ends|end date|expir*|valid until|valid to",
        de="ende|enddatum|ablauf*|gultig bis|planende|lauft ab",
        fr="fin|echeance|expiration|valable jusqu*",
        es="fin|final|finalizacion|vencimiento|valido hasta",
        pt="fim|final|termino|vencimento|valido ate",
        it="fine|scadenza|termine|valido fino*",
        nl="eind*|einde|vervalt|afloop*|geldig tot",
    ),
    "review": words(
        en="review*|reviewed",
        de="review*|uberpruf*|planuberprufung*|durchsprache*|uberpruft",
        fr="revue*|revision*|examen|reexamen",
        es="revision*|revisado|repaso",
        pt="revisao|revisoes|revisto|avaliacao",
        it="revisione|revisioni|riesame|verifica",
        nl="review*|herziening*|beoordeling*|evaluatie*",
    ),
    "last": words(
        en="last|latest|previous|most recent",
        de="letzt*|vorig*|zuletzt",
        fr="dernier*|derniere*|precedent*",
        es="ultim*|anterior",
        pt="ultim*|anterior",
        it="ultim*|precedente",
        nl="laatst*|vorig*",
    ),
    "next": words(
        en="next|upcoming|following",
        de="nachst*|naechst*|kommend*",
        fr="prochain*|suivant*",
        es="proxim*|siguiente",
        pt="proxim*|seguinte",
        it="prossim*|successiv*",
        nl="volgend*|eerstvolgend*|komend*",
    ),
    PlanPart.KEY_RELATIONS: words(
        en="key relation*|relations|relationships|relationship map*|stakeholder*|org* chart*",
        de="beziehungen|schlusselbeziehung*|kontaktlandkarte|beziehungslandkarte|stakeholder*",
        fr="relation* cle*|carte d* relations|parties prenantes|relations",
        es="relacion* clave*|mapa de relaciones|relaciones",
        pt="relac* chave|mapa de relac*|relacoes|relacionamentos",
        it="relazioni*|mappa delle relazioni|relazioni chiave",
        nl="relaties|sleutelrelaties|relatiekaart*|stakeholder*",
    ),
    PlanPart.CURRENT_STATE: words(
        en="swot*|current state|current situation|situation analysis|as is",
        de="swot*|ist zustand|ist situation|ausgangslage|aktuelle* situation|aktuelle* lage|situationsanalyse",
        fr="swot*|etat actuel|situation actuelle|analyse d* situation|etat des lieux",
        es="dafo|foda|swot*|situacion actual|estado actual|analisis de situacion",
        pt="swot*|fofa|situacao atual|estado atual|analise da situacao",
        it="swot*|situazione attuale|stato attuale|analisi d* situazione",
        nl="swot*|huidige situatie|huidige stand|situatieanalyse*",
    ),
    PlanPart.REVENUE_GOALS: words(
        en="revenue goal*|revenue target*|sales goal*|sales target*|growth goal*|plan goals|plan goal",
        de="umsatzziel*|wachstumsziel*|planziel*|vertriebsziel*",
        fr="objectif* d* chiffre*|objectif* d* revenu*|objectif* d* vente*|objectif* commercia*",
        es="objetivo* de ingresos|objetivo* de ventas|meta* de ingresos|meta* de ventas",
        pt="meta* de receita|meta* de faturamento|meta* de vendas|objetivo* de receita|objetivo* de faturacao",
        it="obiettiv* d* fatturato|obiettiv* d* ricavi|obiettiv* d* vendit*",
        nl="omzetdoel*|groeidoel*|verkoopdoel*",
    ),
    PlanPart.STRATEGY: words(
        en="strategy|strategies|strategic plan*",
        de="strategie*|kundenstrategie*|accountstrategie*",
        fr="strategie*",
        es="estrategia*",
        pt="estrategia*",
        it="strategia|strategie",
        nl="strategie*|klantstrategie*",
    ),
    "task key": words(
        en="kam sync key|kamsync key",
        de="kam sync schlussel|kam sync key",
        fr="cle kam sync|kam sync key",
        es="clave kam sync|kam sync key",
        pt="chave kam sync|kam sync key",
        it="chiave kam sync|kam sync key",
        nl="kam sync sleutel|kam sync key",
    ),
    "negated": words(
        en="no|not|non|never|potential|prospective|candidate|ex|former",
        de="kein*|nicht|nie|potentiell*|potenziell*|ehemalig*",
        fr="pas|non|jamais|potentiel*|ancien*",
        es="no|nunca|potencial*|antigu*",
        pt="nao|nunca|potencia*|antig*",
        it="non|mai|potenzial*|vecchi*",
        nl="geen|niet|nooit|potentiel*|voormalig*",
    ),
    "something else": words(
        en="contract*|price*|credit|ticket|website|sign in|onboarding|marketing|newsletter|trial|gdpr",
        de="vertrag*|preis*|kredit*|bonitat*|rechnung*|datenschutz*|mitarbeiter*|newsletter",
        fr="contrat*|prix|credit*|facture*|essai|marketing",
        es="contrato*|precio*|credito*|factura|prueba|marketing",
        pt="contrato*|preco*|credito*|fatura|teste|marketing",
        it="contratt*|prezz*|credit*|fattura|prova|marketing",
        nl="contract*|prijs*|krediet*|factuur|proef*|marketing",
    ),
    "out of use": words(
        en="old|deprecated|obsolete|archive*|former|legacy|do not use|unused|test|copy|backup",
        de="alt|alte|alter|veraltet|archiv*|ehemalig*|nicht verwenden|kopie",
        fr="ancien*|obsolete|archive*|ne pas utiliser|copie",
        es="antigu*|obsolet*|archiv*|no usar|no utilizar|copia",
        pt="antig*|obsolet*|arquiv*|nao usar|nao utilizar|copia",
        it="vecchi*|obsolet*|archiv*|non usare|non utilizzare|copia",
        nl="oud|oude|verouderd|archief*|niet gebruiken|kopie",
    ),
}
"""Concept → the words that tell it."""

_FILLERS: Final = """
a an the of for in to by our is are on at and date datum data fecha field feld champ campo veld
de la le les du des d l el los las del da do das dos di il lo gli i della delle dei degli der die das den dem
von van het een und et y e en im am account accounts company companies customer client kunde kunden konto compte
entreprise cuenta empresa conta azienda cliente klant bedrijf hs user owner kam crm id name
annual yearly jahrlich annuel anual annuale jaarlijks affaires
"""
FILLERS: Final = frozenset(_FILLERS.split())
"""Words that say nothing about what a name is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectWords:
    """What tells a subject: all of `needs` must be said, `helps` make it surer, `never` rule it out."""

    needs: tuple[str, ...]
    helps: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


SUBJECTS: Final[Mapping[str, SubjectWords]] = {
    "scope": SubjectWords(needs=("key account",), never=("negated", "plan", "start", "end", "review", "revenue")),
    "account.tier": SubjectWords(needs=("tier",), never=("plan",)),
    "account.revenue": SubjectWords(needs=("revenue",), never=(PlanPart.REVENUE_GOALS.value, "plan", "next", "last")),
    "contact.level": SubjectWords(needs=("level",)),
    "contact.buying_roles": SubjectWords(needs=("buying role",)),
    "contact.stance": SubjectWords(needs=("stance",)),
    **{f"roles.{role}": SubjectWords(needs=(role.value,)) for role in Role},
    "plan.start_on": SubjectWords(needs=("plan", "start"), never=("review", "end", "something else")),
    "plan.end_on": SubjectWords(needs=("plan", "end"), never=("review", "start", "something else")),
    "plan.last_review_on": SubjectWords(needs=("review", "last"), helps=("plan",), never=("next", "something else")),
    "plan.next_review_on": SubjectWords(needs=("review", "next"), helps=("plan",), never=("last", "something else")),
    **{
        f"plan.parts.{part}": SubjectWords(needs=(part.value,), helps=("plan",), never=("something else",))
        for part in PlanPart
    },
    "tasks.key": SubjectWords(needs=("task key",)),
}
"""Subject → what tells it."""
