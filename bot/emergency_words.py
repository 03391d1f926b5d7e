"""The words of an emergency, and whether a text says clearly that nothing loads for anybody. Pure.

Words of the three languages, folded (bot/text.py). Whatever is not clear is left to the
classifier (bot/intent_rules.py) or, for a typed answer, to actions/tickets/emergency.py, which shares these words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from bot.phrases import said
from bot.text import is_slip_of


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Slowness and a part of it are no emergency, whatever else is said.
SLOW = re.compile(r"^(lent|slow|demor|tard|devagar|lag|retras|atras|intermit|arrast|crawl|sluggish|tartarug|tortug)")
PARTLY = _set(
    """solo solamente only just apenas so somente algun algunos alguna algunas some alguns algumas certain ciertas
    unos parte partes part parcial partial partially parcialmente veces sometimes vezes"""
)
ONE_PERSON = re.compile(
    r"\b(?:(?:solo|solamente|apenas|so|somente|only|just)\s+(?:a\s+|para\s+|pra\s+|for\s+|on\s+|con\s+|com\s+|en\s+)?"
    r"(?:mi|yo|me|mim|eu|i|comigo|conmigo|my|mine|meu|minha))\b"
)
# Somebody who is not everybody, looking for news, and what is over. "Not only me" and "since yesterday" are none of these.
_SPARES = re.compile(
    r"\b(?:un|una|um|uma)\s+(?:solo\s+|so\s+|unico\s+|unica\s+)?(?:cliente|usuario|usuaria|vendedora?|empleado|funcionario"
    r"|filial|sucursal|comput\w+|celular|notebook|laptop|navegador|pagina|producto|produto)\b"
    r"|\b(?:a|one)\s+(?:customer|client|user|employee|branch|computer|laptop|phone|browser|page|product)\b"
    r"|\b(?:where|donde|onde)\s+(?:do i|can i|puedo|posso|podemos)?\s*(?:see|check|veo|ver|consult\w+|vejo|reviso)\b"
    r"|\b(?:status page|pagina de (?:status|estado))\b"
    r"|\b(?:tonight|esta noche|hoje a noite|next week|proxima semana)\b"
    r"|\b(?:la unica|el unico|a unica|o unico|the only (?:one|store|shop|page))\s+(?:que|that|which)\b"
    r"|\b(?:todo dia|todos os dias|todos los dias|cada dia|every day|normaliz\w+|em casa|en casa|at home|from home)\b"
    r"|(?<!since )(?<!desde )(?<!de )\b(?:yesterday|last (?:night|week|month)|ayer|anoche|ontem|semana (?:pasada|passada))\b"
)
# Begun like this, a text tells what might be.
_SUPPOSED = re.compile(
    r"^(?:\w+ ){0,2}?(?:suppose|supposing|imagine|what if|what happens if|in case|drill|suponha\w*|supon\w*|imagin[ae]\w*"
    r"|que pasa si|que pasaria|o que acontece se|e se|caso a|en caso de que|simulacro|simulado|simulacao)\b"
)
_NOT_ONLY = re.compile(r"\b(?:no|not|nao|num)\s+(?:es\s+|soy\s+|e\s+|sou\s+)?(?:solo|solamente|so|apenas|only|just)\b")
# Words in which a slow page's letters stand: "this afternoon", "back".
_NOT_SLOW = frozenset({"tarde", "tardes", "atras"})
WORKS = re.compile(
    r"^(funciona(n|m)?|works?|working|abren?|abrem|abriu|opens?|entro|entra(n|m)?|carga(n)?|carrega(m)?|loads?|loading|anda(n|m)?"
    r"|responden?|respondem|puedo|pueden|podem|posso|can|up)$"
)
NOT = _set(
    """no not nao n nunca never doesnt dont isnt wont cant cannot ni nem nada nothing nadie nobody ninguem none sin
    sem without tampoco neither nenhum nenhuma ningun ninguna ninguno dejo deixou parou paro stopped jamas"""
)
ALL = _set(
    """nada nothing nadie nobody noone anyone anybody anything ninguem todo todos toda todas tudo everything
    everyone everybody all whole entire completamente completely totalmente ningun ninguna ninguno nenhum
    nenhuma"""
)
_CONTRACTED = frozenset({"doesn", "don", "can", "won", "isn", "aren", "couldn"})
# How far before a word its "not" may stand.
_REACH = 3


def negated(spoken: tuple[str, ...], index: int) -> bool:
    """Whether a "not" stands before the word: `doesn't` and `can't` may come as two words."""
    before = spoken[max(0, index - _REACH) : index]
    contracted = any(one in _CONTRACTED and other == "t" for one, other in pairwise(before))
    return contracted or any(each in NOT for each in before)


# Below: what a clause that is clear is made of. One word that stands in none of these sets makes it unclear.

_EVERYTHING = _set("todo tudo everything") | _set("evrything everithing everythin")
# What everything hangs on: it being down is everything being down.
_WHOLE = _EVERYTHING | _set(
    """site sites website webshop store stores shop shops storefront platform system systems ecommerce servers
    services sitio web tienda tiendas plataforma sistema sistemas portal servidores loja lojas plataformas
    production prod produccion producao"""
)
# These are everything only where "whole" is said.
_APPLICATION = _set("""aplicativo aplicacao aplicacion application app servico servicio service""")
_YOURS = _set("""your voces vcs ustedes vosotros vuestro vuestra""")
# A store that "stopped" may have stopped selling; a whole one that did is down.
_HALTED = _set("parou paro travou sumiu frozen froze")
# One of the two alone may be down for one person only.
_PANEL = _set("""panel admin backend backoffice painel administracion administracao administrador dashboard""")
_DOWN = _set(
    """down offline dead crashed unreachable inaccessible unavailable outage died blackout dark caida caido caidas
    caidos cayo cayeron caiu cairam murio muerta muerto morreu inaccesible inaccesibles indisponible inacessivel
    indisponivel derrubada derrubado apagou apago colapso colapsado inoperante tumbada tumbado desplomo desplomado"""
)
_OFF_AIR = re.compile(
    r"\b(?:foras? do ar|fuera de (?:linea|servicio)|fuera del aire|out of service|sin sistema|sem sistema)\b"
)
_LOAD = _set(
    """load loads loading open opens opening respond responds responding reach access come comes carga cargan
    cargando abre abren responde responden levanta levantan prende carrega carregam carregando abrem respondem
    sobe sobem arranca arrancan"""
)
_REFUSED = _set(
    """not wont doesnt dont cant cannot isnt arent no nao n nem ni nothing nada nobody nadie ninguem neither nor
    none ninguna nenhuma stopped dejo dejaron deixou deixaram parou"""
)
_BROKEN_PAGE = _set(
    """error errors erro erros 500 502 503 504 blank white blanco branco bianca branca blanca vacia gateway"""
)
_EVERY = _set(
    """every each all any todas toda todos todo cualquier qualquer cada everywhere anywhere tudo whole entire completa
    inteira inteiro entera entero"""
)
_PAGE = _set("""page pages screen screens pagina paginas tela telas pantalla pantallas url urls""")
_BETWEEN = _set(
    """a an the is are was has have had just been be got gone went goes completely totally fully entirely whole
    entire our my your of all both and or for everyone everybody anyone anybody us now right again still here at
    to it its s seems looks like i we think since this morning minutes minute hour hours ago long while today
    already help please omg wtf able urgent urgently emergency asap guys hi hello hey team nobody noone can t in on any every
    device devices browser browsers network everywhere what happened whats going that there either side with
    error el la los las un una es son esta estan se me nos le les ha han sido quedo quedaron toda todo todos
    todas entera entero completo completa completamente totalmente por para de desde hace horas hora minutos
    minuto rato manana hoy ya ahora mismo ayuda porfa favor urgente urgencia emergencia y ni nuestra nuestro
    nuestras mi mis su tanto como ningun lado al nadie gente hola buenas equipo en ninguna ninguno parte que
    paso pasa aqui aca con cualquier dispositivo navegador o os as um uma ta tao estao do da dos das foi foram
    ficou ficaram inteira inteiro pra pro mundo ninguem faz tempo agora pouco cedo manha hoje socorro ajuda e
    nem nossa nosso nossas minha meu ambos ambas oi ola pessoal bom dia boa tarde noite em nenhum nenhuma lugar
    qualquer aparelho deu voces vcs com total geral vez ar fora linea servicio aire service out up otra repente
    oigan disculpen sudden sorry dark times timed novo nada red redes dois duas seguimos estamos continua
    continuam sigue siguen continues keeps shows show muestra muestran mostra mostram sai sale dan dao dando
    giving gives returns getting get see vemos completas customers clients clientes staff nor them
    alo alguem ai tem pq vc vcs dnv denovo de alguien hay soy sou mes your ustedes vosotros vuestro entrar
    acessar acceder podemos pueden podem puede pode consegue conseguem conseguimos logra logramos worldwide globally"""
)
_PLENTY = (
    _WHOLE | _PANEL | _DOWN | _LOAD | _REFUSED | _BROKEN_PAGE | _EVERY | _PAGE | _BETWEEN | {"sistema", "sin", "sem"}
)

# Said anywhere, these make it another matter: the past, a test, a condition, a plan, a place, a customer's own machines.
_OTHER = _set(
    """yesterday ayer ontem anoche was were estaba estava estuvo estiveram estuvieron last week semana pasada
    passada month mes resolved solved fixed volvio voltou back resuelto resolvido test tests testing staging
    sandbox qa dev prueba pruebas teste testes homologacao homolog desarrollo desenvolvimento demo local
    localhost if will would could how why when cuando quando where want quiero queremos quero planned
    maintenance mantenimiento manutencao programado programada wifi internet vpn laptop computer only except
    menos excepto exceto mobile movil celular android iphone safari chrome firefox once intermittently banner
    mode status product products producto productos produto produtos cliente customer client usuario user colega colleague"""
)
# "abran" is no slip of "abren".
_SHORTEST_SLIP = 6
# A longer text tells a story, whose parts the classifier weighs.
_MOST_WORDS = 30


def clearly_down(text: str) -> bool:
    """Whether one clause of the text says that everything (the site, the store, the whole platform) is down and nothing else.

    False does not mean that it works: only that it is not clear.
    """
    heard = said(text)
    spoken = heard.words
    if (
        not spoken
        or len(spoken) > _MOST_WORDS
        or _OTHER & set(spoken)
        or PARTLY & set(spoken) - {"just", "so", "parte"}
    ):
        return False
    if any(SLOW.match(each) for each in spoken if each not in _NOT_SLOW) or ONE_PERSON.search(" ".join(spoken)):
        return False
    if any(WORKS.match(each) and each != "up" and not _refused(spoken, index) for index, each in enumerate(spoken)):
        return False
    bounds = sorted({0, len(spoken), *(each for each in heard.begins if each < len(spoken))})
    return any(_says_so(spoken[start:end]) for start, end in pairwise(bounds)) or _says_so(spoken)


def spares_somebody(text: str) -> bool:
    """Whether a text says that something is slow, one person's or one page's, over, or asks where to see how things stand.

    It may still be an emergency ("one customer called, and nothing opens here either"): it only takes more to believe it.
    """
    spoken = said(text).words
    joined = " ".join(spoken)
    slow = any(SLOW.match(each) for each in spoken if each not in _NOT_SLOW)
    one = ONE_PERSON.search(joined) is not None and not _NOT_ONLY.search(joined)
    return slow or one or _SPARES.search(joined) is not None


def supposes(text: str) -> bool:
    """Whether a text begins by supposing ("what if", "simulacro: ..."): it asks what would be, however bad that sounds."""
    return _SUPPOSED.search(" ".join(said(text).words)) is not None


def _refused(spoken: tuple[str, ...], index: int) -> bool:
    return negated(spoken, index) or any(each in _REFUSED for each in spoken[max(0, index - 6) : index + 2])


def _says_so(clause: tuple[str, ...]) -> bool:
    known = [_known(each) for each in clause]
    if None in known:
        return False
    has = {each for each in known if each}
    panel_too = len(has & _PANEL) > 0 and len(has & ALL) > 0
    whole = bool(has & _WHOLE) or panel_too
    joined = " ".join(each for each in known if each)
    if has & _APPLICATION and has & (_EVERY | _YOURS):
        whole = True
    if whole and has & _EVERY and has & _HALTED:
        return True
    if has & _PAGE:
        return bool(has & _EVERY and (has & (_BROKEN_PAGE | _DOWN) or _OFF_AIR.search(joined))) or bool(
            has & {"ninguna", "nenhuma"} and has & _LOAD
        )
    refuses = bool(has & _REFUSED)
    if (whole and has & _DOWN and not refuses) or (whole and _OFF_AIR.search(joined) and not refuses):
        return True
    if "sin sistema" in joined or "sem sistema" in joined:
        return True
    if has & _LOAD and refuses and (has & {"nothing", "nada"} or (whole and not has & _PANEL)):
        return True
    if {"ni", "nem", "neither", "nor", "both", "ambos"} & has and has & _PANEL and whole and (has & (_LOAD | _DOWN)):
        return True
    return bool(has & _BROKEN_PAGE and has & _WHOLE and has & _EVERY and not refuses)


@lru_cache(maxsize=10_000)
def _known(word: str) -> str | None:
    """The word as it is spelled here, small slips forgiven; numbers (of minutes, of errors) are known. None: another one."""
    if word in _PLENTY or word.isdigit():
        return word
    if len(word) < _SHORTEST_SLIP:
        return None
    return next((each for each in sorted(_PLENTY) if is_slip_of(word, each)), None)
