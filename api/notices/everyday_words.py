"""Words of everyday trouble: they say that something is wrong, and nothing of what.

"The platform is slow" and "checkout is slow" share `slow`, and are two matters: a notice is never recognised by these alone.
A language without lists has only the catalog's words of this kind (those of its scenarios).
"""

from __future__ import annotations

from functools import lru_cache

from bot.text import words
from knowledge_base.text import stem

# What a complaint says and a question of use does not. "doesn't" is read as two words, "doesn" and "t".
_TROUBLE = {
    "en": "problem problems issue issues trouble error errors fail fails failed failing failure failures fault "
    "broken breaks bug bugs slow slower slowly slowness delay delays delayed late wait waiting down outage "
    "intermittent intermittently degraded degradation unavailable unexpected stopped stop interruption "
    "disruption hang hangs hung stuck freeze freezes wrong declined rejected refused missing lost not no "
    "never nothing nobody none without t cannot cant wont dont doesnt isnt arent didnt unable forever takes "
    "taking timeout times offline unstable empty blank lack lacks lacking gone",
    "es": "problema problemas incidencia incidencias inconveniente inconvenientes error errores fallo fallos falla "
    "fallas fallan fallando fallar roto rota lento lenta lentos lentas lentitud demora demoras demorado tarda "
    "tardan tardar tardando retraso retrasos espera caido caida caidas caidos intermitente intermitentes "
    "intermitencia intermitencias degradado degradacion indisponible inesperado interrupcion interrupciones "
    "cuelga cuelgan colgado traba traban trabado congela mal equivocado rechaza rechazan rechazado rechazada "
    "rechazados rechazadas no nunca nada nadie ninguno ninguna ningun sin tampoco ni imposible perdido perdi "
    "cayo timeout inestable vacio vacia vacios vacias blanco falta faltan",
    "pt": "problema problemas incidente incidentes inconveniente erro erros falha falhas falham falhando falhar "
    "quebrado quebrada lento lenta lentos lentas lentidao demora demoras demorando demoram atraso atrasos "
    "espera caiu queda quedas intermitente intermitentes intermitencia intermitencias instabilidade instavel "
    "degradado degradacao indisponivel inesperado interrupcao interrupcoes trava travam travado travou "
    "congela errado errada recusa recusam recusado recusada recusados recusadas nao nunca nada ninguem nenhum "
    "nenhuma sem nem tampouco impossivel perdi sumiu parou timeout vazio vazia vazios vazias branco falta "
    "faltam",
}
# The things and deeds of every description.
_COMMON = {
    "en": "load loads loading work works working worked service services system systems platform platforms page "
    "pages site website panel screen store shop account users user customers customer team performance "
    "maintenance planned scheduled upgrade notice incident open opens button click long longer hours minutes "
    "usual usually today yesterday morning message messages new time some all correctly properly normal "
    "normally show shows shown showing appear appears see seeing use using",
    "es": "carga cargan cargar cargando funciona funcionan funcionar funcionando servicio servicios sistema "
    "sistemas plataforma plataformas pagina paginas sitio web panel pantalla tienda cuenta usuario usuarios "
    "cliente clientes equipo rendimiento disponible mantenimiento programado programada planificado "
    "actualizacion aviso incidente abre abren abrir boton clic mucho tiempo horas minutos hoy ayer manana "
    "mensaje mensajes nuevo nueva algunos algunas todos todas bien correctamente normal normalmente muestra "
    "muestran aparece aparecen veo vemos usar uso",
    "pt": "carrega carregam carregar carregando funciona funcionam funcionar funcionando servico servicos sistema "
    "sistemas plataforma plataformas pagina paginas site painel tela loja conta usuario usuarios cliente "
    "clientes equipe desempenho disponivel manutencao programada programado planejada planejado atualizacao "
    "aviso abre abrem abrir botao clique muito tempo horas minutos hoje ontem amanha mensagem mensagens novo "
    "nova alguns algumas todos todas bem corretamente normal normalmente mostra mostram aparecem vejo vemos "
    "usar uso",
}


@lru_cache(maxsize=16)
def everyday_stems(language: str) -> frozenset[str]:
    """The stems of all these words in one language; empty for a language without lists."""
    return _stems(_TROUBLE, language) | _stems(_COMMON, language)


@lru_cache(maxsize=16)
def trouble_words(language: str) -> frozenset[str]:
    """The folded words that make a complaint; empty for a language without a list, in which nobody is asked for one."""
    return frozenset(words(_TROUBLE.get(language, "")))


def _stems(lists: dict[str, str], language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words(lists.get(language, "")))
