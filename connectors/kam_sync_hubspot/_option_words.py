"""The words by which options of a property are taken for our values, in the languages of `_vocabulary`; data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kam_sync.records import BuyingRole, ContactLevel, Stance
from kam_sync_hubspot._vocabulary import Words, words

CHOICES: Final[Mapping[str, Mapping[str, Words]]] = {
    "contact.stance": {
        Stance.SUPPORTER: words(
            en="supporter*|support*|advocate*|promoter*|ally|for us|with us|positive|favorable|favourable|friend*",
            de="unterstutzer*|befurworter*|forderer*|fur uns|positiv*|verbundet*",
            fr="soutien|partisan*|favorable|allie*|promoteur*|positif",
            es="partidari*|a favor|favorable|aliad*|promotor*|positiv*",
            pt="apoiador*|apoiante*|a favor|favoravel|aliad*|promotor*|positiv*",
            it="sostenitor*|favorevole|a favore|alleat*|promotor*|positiv*",
            nl="voorstander*|ondersteuner*|voor ons|positief|bondgenoot",
        ),
        Stance.NEUTRAL: words(
            en="neutral|undecided|indifferent",
            de="neutral*|unentschieden",
            fr="neutre|indecis*",
            es="neutral*|indecis*",
            pt="neutr*|indecis*",
            it="neutral*|indecis*",
            nl="neutraal|onbeslist",
        ),
        Stance.BLOCKER: words(
            en="blocker*|detractor*|opponent*|against*|negative|adversar*|critic*",
            de="blockierer*|gegner*|gegen uns|negativ*|kritiker*",
            fr="opposant*|bloqueur*|contre nous|detracteur*|negatif|defavorable",
            es="opositor*|bloqueador*|en contra|detractor*|negativ*|desfavorable",
            pt="opositor*|bloqueador*|contra|detrator*|negativ*|desfavoravel",
            it="oppositor*|bloccante*|contrari*|detrattor*|negativ*|sfavorevole",
            nl="tegenstander*|blokkeerder*|tegen ons|negatief|criticus",
        ),
    },
    "contact.level": {
        ContactLevel.EXECUTIVE: words(
            en="executive*|c level|cxo|vp|vice president|board|owner|partner|president",
            de="geschaftsfuhr*|vorstand*|inhaber*|c level|geschaftsleitung",
            fr="direction generale|dirigeant*|pdg|comite de direction|proprietaire",
            es="ejecutiv*|director* general|alta direccion|propietari*",
            pt="executiv*|diretoria|presidencia|administracao|proprietari*",
            it="dirigente|amministratore delegato|alta direzione|titolare|esecutiv*",
            nl="directie|bestuur*|eigenaar|topmanagement|executive*",
        ),
        ContactLevel.DIRECTOR: words(
            en="director*|head",
            de="direktor*|bereichsleit*|direktion",
            fr="directeur*|directrice*",
            es="director*",
            pt="diretor*",
            it="direttor*|direttrice",
            nl="directeur*|hoofd",
        ),
        ContactLevel.MANAGER: words(
            en="manager*|middle management|team lead*",
            de="manager*|abteilungsleit*|teamleit*",
            fr="manager*|responsable*|chef d* service",
            es="gerente*|jefe*|manager*|mando* intermedio*",
            pt="gerente*|gestor*|coordenador*",
            it="manager*|responsabile|quadro",
            nl="manager*|teamleider*",
        ),
        ContactLevel.STAFF: words(
            en="staff|employee*|specialist*|individual contributor*|entry|senior|junior|associate*",
            de="mitarbeiter*|angestellt*|fachkraft|sachbearbeiter*",
            fr="employe*|collaborateur*|salarie*",
            es="emplead*|personal|especialista*",
            pt="funcionari*|colaborador*|empregad*|analista*",
            it="impiegat*|dipendente|collaborator*",
            nl="medewerker*|werknemer*|specialist*",
        ),
    },
    "contact.buying_roles": {
        BuyingRole.DECISION_MAKER: words(
            en="decision maker*|decider*",
            de="entscheider*|entscheidungstrager*",
            fr="decideur*|decisionnaire*",
            es="responsable de la decision|decisor*|tomador* de decision*",
            pt="decisor*|tomador* de decis*",
            it="decisor*|responsabile della decisione",
            nl="beslisser*|besluitvormer*",
        ),
        BuyingRole.ECONOMIC_BUYER: words(
            en="economic buyer*|budget holder*|budget owner*",
            de="budgetverantwortlich*|wirtschaftliche* kaufer*",
            fr="detenteur* du budget|responsable d* budget|acheteur* economique*",
            es="titular del presupuesto|responsable d* presupuesto|comprador* economic*",
            pt="titular do orcamento|responsavel p* orcamento|comprador* economic*",
            it="titolare del budget|responsabile d* budget|acquirente economico",
            nl="budgethouder*|budgetverantwoordelijke*|economische koper*",
        ),
        BuyingRole.TECHNICAL_BUYER: words(
            en="technical buyer*|technical evaluator*",
            de="technische* kaufer*|technische* einkaufer*",
            fr="acheteur* technique*",
            es="comprador* tecnic*",
            pt="comprador* tecnic*",
            it="acquirente tecnico",
            nl="technische* koper*|technische* inkoper*",
        ),
        BuyingRole.CHAMPION: words(
            en="champion*|coach",
            de="champion*|fursprecher*|coach",
            fr="champion*|ambassadeur*",
            es="campeon*|champion*|impulsor*",
            pt="campe*|champion*|defensor*",
            it="champion*|promotore*",
            nl="champion*|ambassadeur*|pleitbezorger*",
        ),
        BuyingRole.EXECUTIVE_SPONSOR: words(
            en="executive sponsor*|sponsor*",
            de="sponsor*|executive sponsor*|schirmherr*",
            fr="sponsor*|parrain*",
            es="patrocinador*|sponsor*",
            pt="patrocinador*|sponsor*",
            it="sponsor*",
            nl="sponsor*",
        ),
        BuyingRole.INFLUENCER: words(
            en="influencer*|recommender*",
            de="beeinflusser*|influencer*|meinungsfuhrer*",
            fr="influenceur*|prescripteur*",
            es="influenciador*|influyente*|prescriptor*",
            pt="influenciador*",
            it="influenzator*|influencer*",
            nl="beinvloeder*|influencer*",
        ),
        BuyingRole.END_USER: words(
            en="end user*|user*",
            de="endanwender*|anwender*|nutzer*|endnutzer*",
            fr="utilisateur*",
            es="usuari*",
            pt="usuari*|utilizador*",
            it="utente|utenti|utente finale",
            nl="eindgebruiker*|gebruiker*",
        ),
        BuyingRole.BLOCKER: words(
            en="blocker*|detractor*",
            de="blockierer*|gegner*",
            fr="bloqueur*|opposant*",
            es="bloqueador*|opositor*",
            pt="bloqueador*|opositor*",
            it="bloccante*|oppositor*",
            nl="blokkeerder*|tegenstander*",
        ),
        BuyingRole.OTHER: words(
            en="other*|legal*",
            de="sonstig*|andere*|recht*",
            fr="autre*|juridique*",
            es="otr*|legal*|juridic*",
            pt="outr*|juridic*|legal*",
            it="altr*|legal*|giuridic*",
            nl="overig*|ander*|juridisch*",
        ),
    },
}
"""Canonical name → our value → the words by which an option is taken for it; the first value that fits counts."""

YES: Final = words(en="yes|true|1", de="ja", fr="oui", es="si", pt="sim", it="si", nl="ja")
"""The options that say yes where a flag is kept as a choice."""
